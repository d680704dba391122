# Figure 2: placebo. Each draw treats as many pairs as have a park, from random years on; ln(1 + links), no controls.
# R draws other random numbers than Python. The draws of the book are in placebo_draws.csv: draw, helper, recipient, year.
source("r/common.R")

panel <- read_pairs("manufacturing")
drawn <- read.csv("placebo_draws.csv")
drawn$pair <- paste(drawn$helper, drawn$recipient)

# what pair and year effects leave of a column; the panel is balanced
left <- function(x) x - ave(x, panel$pair) - ave(x, panel$year) + mean(x)
y <- left(panel$log_count)
estimate <- sapply(split(drawn, drawn$draw), function(one) {
  first <- one$year[match(panel$pair, one$pair)]
  placebo <- left(as.numeric(!is.na(first) & panel$year >= first))
  sum(placebo * y) / sum(placebo^2)
})
show_rows(data.frame(draw = as.integer(names(estimate)), estimate = estimate))
