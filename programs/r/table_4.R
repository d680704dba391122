# Table 4: equation (4), the treatment times a distance in kilometres. Four distances, without and with controls.
source("r/common.R")

panel <- read_pairs("manufacturing")
controls <- base_controls(panel)
pairs <- nlevels(panel$pair)
distances <- read.csv("pairs.csv")
row_of <- match(paste(panel$helper, panel$recipient), paste(distances$helper, distances$recipient))

number <- 0
for (measure in c("boundary", "centroid", "prd_centroid", "prd_boundary")) {
  term <- paste0("treat_x_distance_", measure)
  panel[[term]] <- panel$treat * distances[row_of, paste0("dist_", measure, "_km")]
  plain <- c("treat", term, "pair", "factor(year)")
  for (right in list(plain, c(plain, "controls:factor(year)"))) {
    number <- number + 1
    fit <- lm(reformulate(right, "count"), data = panel)
    found <- cells(number, fit, clustered(fit, panel$pair, nested = pairs), c("treat", term), pairs)
    rows <- if (number == 1) found else rbind(rows, found)
  }
}
show_rows(rows)
