# Table 5: equation (1) with links in all industries, then with branches.
source("r/common.R")

number <- 0
for (name in c("all_industry", "branches")) {
  panel <- read_pairs(name)
  controls <- base_controls(panel)
  pairs <- nlevels(panel$pair)
  plain <- c("treat", "pair", "factor(year)")
  for (outcome in c("count", "log_count")) {
    for (right in list(plain, c(plain, "controls:factor(year)"))) {
      number <- number + 1
      fit <- lm(reformulate(right, outcome), data = panel)
      found <- cells(number, fit, clustered(fit, panel$pair, nested = pairs), "treat", pairs)
      rows <- if (number == 1) found else rbind(rows, found)
    }
  }
}
show_rows(rows)
