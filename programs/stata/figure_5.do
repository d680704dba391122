* Figure 5: land inside parks less land outside them, relative to 2013, equation (2) of the paper
* Stata 14 or later. Needs reghdfe 6 or later (ssc install ftools, then reghdfe). We could not run this program: we have no Stata.
* Run it in the folder with the panels (.dta): do stata/figure_5.do
version 14
clear all
use land.dta, clear

* a county counts in the years in which it has both sides
bysort county year: keep if _N == 2
egen side = group(county park)
egen county_year = group(county year)
forvalues year = 2011/2020 {
    if `year' != 2013 {
        generate byte inside`year' = park == 1 & year == `year'
    }
}

* both kinds of fixed effects are nested in the counties, so they do not count in the factor for small samples
reghdfe log_area inside*, absorb(side county_year) vce(cluster county)
