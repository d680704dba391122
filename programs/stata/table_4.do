* Table 4: equation (4), the treatment times a distance in kilometres. Four distances, without and with controls
* Stata 14 or later. We could not run this program: we have no Stata.
* Run it in the folder with the panels (.dta): do stata/table_4.do
version 14
clear all
use manufacturing.dta, clear
generate byte treat = !missing(cohort) & year >= cohort
generate double log_count = ln(1 + count)
egen pair = group(helper recipient)
merge m:1 helper recipient using pairs.dta, keepusing(dist_*) keep(master match) nogenerate

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

* xtreg gives the errors of the paper's table; areg gives R2 with the pair effects in it (its errors count them too)
generate double treat_x_distance = .
local number 0
foreach measure in boundary centroid prd_centroid prd_boundary {
    quietly replace treat_x_distance = treat * dist_`measure'_km
    foreach right in plain crossed {
        local ++number
        quietly areg count treat treat_x_distance ``right'', absorb(pair)
        local r2 = e(r2)
        quietly xtreg count treat treat_x_distance ``right'', fe vce(cluster pair)
        display "(`number') treat            " %14.10g _b[treat] "  std. error " %14.10g _se[treat]
        display "(`number') treat x `measure' " %14.10g _b[treat_x_distance] "  std. error " %14.10g _se[treat_x_distance]
        display "(`number') n " e(N) "  R2 " %12.10g `r2'
    }
}
