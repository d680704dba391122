# Table 3: group-time effects of Callaway and Sant'Anna and their averages, without controls, written out in base R.
# Pairs that are never treated compare. Errors are analytic, by pair; shares of cohorts count as estimated in all
# averages but the one over cohorts, as in Stata's csdid.
source("r/common.R")

panel <- read_pairs("manufacturing")
years <- sort(unique(panel$year))
links <- tapply(panel$count, list(panel$pair, panel$year), sum)
first <- tapply(panel$cohort, panel$pair, function(x) x[1])
first[is.na(first) | first > max(years)] <- Inf
never <- is.infinite(first)
cohorts <- sort(unique(first[!never]))

# ATT(g, t) and its influence on each pair; before the park the base is the year before
cell <- function(g, t) {
  base <- if (t >= g) g - 1 else t - 1
  change <- links[, as.character(t)] - links[, as.character(base)]
  mine <- first == g
  influence <- ifelse(mine, (change - mean(change[mine])) / mean(mine), 0) -
    ifelse(never, (change - mean(change[never])) / mean(never), 0)
  list(g = g, t = t, effect = mean(change[mine]) - mean(change[never]), influence = influence)
}
all_cells <- list()
for (g in cohorts) for (t in years[-1]) all_cells[[length(all_cells) + 1]] <- cell(g, t)
g_of <- sapply(all_cells, `[[`, "g")
t_of <- sapply(all_cells, `[[`, "t")
effects <- sapply(all_cells, `[[`, "effect")
influences <- sapply(all_cells, `[[`, "influence")

# mean of some cells, weighted by the share of the cohort, whose sampling error counts
weighted <- function(chosen) {
  member <- sapply(g_of[chosen], function(g) first == g)
  share <- colMeans(member)
  effect <- sum(share * effects[chosen]) / sum(share)
  influence <- influences[, chosen, drop = FALSE] %*% share +
    sweep(member, 2, share) %*% (effects[chosen] - effect)
  list(effect = effect, influence = influence / sum(share))
}
plain <- function(groups) {
  parts <- lapply(groups, weighted)
  list(
    effect = mean(sapply(parts, `[[`, "effect")), influence = rowMeans(sapply(parts, `[[`, "influence"))
  )
}
over_cohorts <- function() {
  size <- sapply(cohorts, function(g) sum(first == g)) / sum(!never)
  own <- lapply(cohorts, function(g) which(g_of == g & t_of >= g))
  effect <- sapply(own, function(chosen) mean(effects[chosen]))
  influence <- sapply(own, function(chosen) rowMeans(influences[, chosen, drop = FALSE]))
  list(effect = sum(size * effect), influence = influence %*% size)
}

since <- t_of - g_of
places <- seq_along(since)
averages <- list(
  simple = weighted(which(since >= 0)),
  dynamic_pre_avg = plain(split(places[since < 0], since[since < 0])),
  dynamic_post_avg = plain(split(places[since >= 0], since[since >= 0])),
  calendar_avg = plain(split(places[since >= 0], t_of[since >= 0])),
  group_avg = over_cohorts()
)
column <- c(simple = 1, dynamic_pre_avg = 2, dynamic_post_avg = 2, calendar_avg = 3, group_avg = 4)
for (name in names(averages)) {
  effect <- averages[[name]]$effect
  error <- sqrt(sum(averages[[name]]$influence^2)) / length(first)
  p <- 2 * pnorm(-abs(effect / error))
  found <- data.frame(
    column = column[[name]], row = name, statistic = c("estimate", "std_error"),
    value = c(effect, error), stars = c(stars(p), "")
  )
  rows <- if (exists("rows")) rbind(rows, found) else found
}
show_rows(rows)
