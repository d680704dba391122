* Figure 1: event study, equation (3) of the paper, with controls. Errors are clustered by pair
* Stata 14 or later. We could not run this program: we have no Stata.
* Run it in the folder with the panels (.dta): do stata/figure_1.do
version 14
clear all
use manufacturing.dta, clear
generate byte treat = !missing(cohort) & year >= cohort
generate double log_count = ln(1 + count)
egen pair = group(helper recipient)

* the controls of the recipient in 2000, each with a slope of its own in each year
preserve
use yearbook.dta, clear
keep if year == 2000
drop year
tempfile base
save `base'
restore
merge m:1 recipient using `base', keep(master match) nogenerate
xtset pair year
local controls c.(revenue_per_capita expenditure_per_capita phones_per_resident hospital_beds_per_10k freight_10k_tonnes)
local plain i.year
local crossed i.year i.year#`controls'

* treated rows outside the window have no dummy, so they belong to the base, the year before the park
generate since = year - cohort
forvalues s = 5(-1)2 {
    generate byte before`s' = since == -`s'
}
forvalues s = 0/10 {
    generate byte after`s' = since == `s'
}
xtreg count before5 before4 before3 before2 after0-after10 `crossed', fe vce(cluster pair)
