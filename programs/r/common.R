# What the scripts share: reading panels, errors clustered by a unit, and the form of the output.
# Needs R 4.1 or later and the package sandwich (Debian: apt install r-cran-sandwich).
# Run each script in the folder with the panels (CSV), for example: Rscript r/table_2.R
if (!requireNamespace("sandwich", quietly = TRUE)) {
  stop("R has no package sandwich. Debian and Ubuntu: apt install r-cran-sandwich; elsewhere, in R: ",
       "install.packages('sandwich'). Then run this script again.", call. = FALSE)
}
library(sandwich)

# A panel of pairs: `pair`, and `treat`, which is 1 from the first year with a park on
read_pairs <- function(name) {
  panel <- read.csv(paste0(name, ".csv"))
  panel$pair <- factor(paste(panel$helper, panel$recipient))
  panel$treat <- as.numeric(!is.na(panel$cohort) & panel$year >= panel$cohort)
  panel$log_count <- log(1 + panel$count)
  panel
}

# The five controls of the recipient in the base year, in standard deviations, which changes no other slope
base_controls <- function(panel, base_year = 2000) {
  yearbook <- read.csv("yearbook.csv")
  base <- yearbook[yearbook$year == base_year, ]
  names <- setdiff(names(base), c("recipient", "year"))
  scale(as.matrix(base[match(panel$recipient, base$recipient), names]))
}

# Variance of the coefficients of `fit` with clusters, times G / (G - 1) and (N - 1) / (N - K).
# `nested` is the number of fixed effects that are nested in the clusters. As in xtreg and reghdfe they
# do not count in K, but one constant does.
clustered <- function(fit, cluster, nested) {
  groups <- length(unique(cluster))
  counted <- fit$rank - nested + 1
  factor <- groups / (groups - 1) * (nobs(fit) - 1) / (nobs(fit) - counted)
  factor * vcovCL(fit, cluster = cluster, type = "HC0", cadjust = FALSE)
}

stars <- function(p) ifelse(p < 0.01, "***", ifelse(p < 0.05, "**", ifelse(p < 0.1, "*", "")))

# The cells of one column of a table: estimates and errors of some terms, then n and R2
cells <- function(column, fit, variance, terms, clusters) {
  slope <- coef(fit)[terms]
  error <- sqrt(diag(variance)[terms])
  p <- 2 * pt(-abs(slope / error), clusters - 1)
  y <- model.response(model.frame(fit))
  rows <- data.frame(
    column = column, row = rep(terms, each = 2), statistic = c("estimate", "std_error"),
    value = as.vector(rbind(slope, error)), stars = as.vector(rbind(stars(p), ""))
  )
  model <- data.frame(
    column = column, row = "model", statistic = c("n", "r2"),
    value = c(nobs(fit), 1 - sum(resid(fit)^2) / sum((y - mean(y))^2)), stars = ""
  )
  rbind(rows, model)
}

# Estimates by event time with intervals of 95 per cent; zeros in the base period
path <- function(times, slope, error, clusters, base = -1) {
  half <- qt(0.975, clusters - 1) * error
  made <- data.frame(
    event_time = times, estimate = slope, std_error = error, conf_low = slope - half, conf_high = slope + half
  )
  made <- rbind(made, data.frame(event_time = base, estimate = 0, std_error = NA, conf_low = 0, conf_high = 0))
  made[order(made$event_time), ]
}

# Print a frame as CSV; numbers have ten significant digits
show_rows <- function(frame) {
  shown <- lapply(frame, function(x) if (is.numeric(x)) ifelse(is.na(x), "", sprintf("%.10g", x)) else x)
  write.csv(as.data.frame(shown), row.names = FALSE, quote = FALSE)
}
