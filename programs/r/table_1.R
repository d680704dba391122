# Table 1: number of observations, mean and standard deviation, for pairs without and with a park.
source("r/common.R")

panel <- read_pairs("manufacturing")
yearbook <- read.csv("yearbook.csv")
controls <- setdiff(names(yearbook), c("recipient", "year"))
row_of <- match(paste(panel$recipient, panel$year), paste(yearbook$recipient, yearbook$year))
variables <- cbind(investments = panel$count, log_investments = panel$log_count, yearbook[row_of, controls])

# a pair counts as treated in all its years
group <- ifelse(!is.na(panel$cohort) & panel$cohort <= max(panel$year), "treated", "control")
for (name in names(variables)) {
  for (one in c("control", "treated")) {
    seen <- variables[group == one & !is.na(variables[[name]]), name]
    found <- data.frame(
      column = one, row = name, statistic = c("n", "mean", "sd"),
      value = c(length(seen), mean(seen), sd(seen)), stars = ""
    )
    rows <- if (exists("rows")) rbind(rows, found) else found
  }
}
show_rows(rows)
