* Table 2: two-way fixed effects, equation (1) of the paper. Errors are clustered by pair
* Stata 14 or later. The last part needs reghdfe. We could not run this program: we have no Stata.
* Run it in the folder with the panels (.dta): do stata/table_2.do
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

* xtreg gives the errors of the paper's table; areg gives R2 with the pair effects in it (its errors count them too)
local number 0
foreach outcome in count log_count {
    foreach right in plain crossed {
        local ++number
        quietly areg `outcome' treat ``right'', absorb(pair)
        local r2 = e(r2)
        quietly xtreg `outcome' treat ``right'', fe vce(cluster pair)
        display "(`number') treat " %14.10g _b[treat] "  std. error " %14.10g _se[treat] "  n " e(N) "  R2 " %12.10g `r2'
    }
}

* the same with reghdfe (ssc install ftools, then reghdfe): estimate, error, n and R2 at once
capture which reghdfe
if _rc == 0 {
    reghdfe count treat, absorb(pair year) vce(cluster pair)
    reghdfe log_count treat, absorb(pair year) vce(cluster pair)
}
