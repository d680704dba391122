# Figure 5: land inside parks less land outside them, relative to 2013, equation (2) of the paper.
source("r/common.R")

land <- read.csv("land.csv")
# a county counts in the years in which it has both sides
both <- ave(land$park, land$county, land$year, FUN = length) == 2
land <- land[both, ]
counties <- length(unique(land$county))
land$side <- factor(paste(land$county, land$park))
land$county_year <- factor(paste(land$county, land$year))

years <- setdiff(sort(unique(land$year)), 2013)
inside <- sapply(years, function(year) as.numeric(land$park == 1 & land$year == year))
colnames(inside) <- years
fit <- lm(log_area ~ inside + side + county_year, data = land)

# both kinds of fixed effects are nested in the counties
terms <- paste0("inside", years)
nested <- fit$rank - length(terms)
error <- sqrt(diag(clustered(fit, land$county, nested)))
kept <- years >= 2011 & years <= 2020
show_rows(path(years[kept] - 2014, coef(fit)[terms][kept], error[terms][kept], counties))
