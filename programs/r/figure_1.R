# Figure 1: event study, equation (3) of the paper, with controls. Errors are clustered by pair.
source("r/common.R")

panel <- read_pairs("manufacturing")
controls <- base_controls(panel)
pairs <- nlevels(panel$pair)

# treated rows outside the window have no dummy, so they belong to the base
since <- panel$year - panel$cohort
reached <- sort(unique(since[!is.na(since)]))
times <- reached[reached >= -5 & reached <= 10 & reached != -1]
events <- sapply(times, function(time) as.numeric(!is.na(since) & since == time))
colnames(events) <- times

fit <- lm(count ~ events + pair + factor(year) + controls:factor(year), data = panel)
error <- sqrt(diag(clustered(fit, panel$pair, nested = pairs)))
terms <- paste0("events", times)
show_rows(path(times, coef(fit)[terms], error[terms], pairs))
