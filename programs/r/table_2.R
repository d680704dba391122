# Table 2: two-way fixed effects, equation (1) of the paper. Errors are clustered by pair.
source("r/common.R")

panel <- read_pairs("manufacturing")
controls <- base_controls(panel)
pairs <- nlevels(panel$pair)

column <- function(number, outcome, right) {
  fit <- lm(reformulate(right, outcome), data = panel)
  cells(number, fit, clustered(fit, panel$pair, nested = pairs), "treat", pairs)
}

plain <- c("treat", "pair", "factor(year)")
# each control has a slope of its own in each year
crossed <- c(plain, "controls:factor(year)")
show_rows(rbind(
  column(1, "count", plain),
  column(2, "count", crossed),
  column(3, "log_count", plain),
  column(4, "log_count", crossed)
))
