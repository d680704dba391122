* Table 1: number of observations, mean and standard deviation, for pairs without and with a park
* Stata 14 or later. We could not run this program: we have no Stata.
* Run it in the folder with the panels (.dta): do stata/table_1.do
version 14
clear all
use manufacturing.dta, clear
generate byte treat = !missing(cohort) & year >= cohort
generate double log_count = ln(1 + count)
egen pair = group(helper recipient)
rename (count log_count) (investments log_investments)
merge m:1 recipient year using yearbook.dta, keep(master match) nogenerate

* a pair counts as treated in all its years
quietly summarize year
generate byte park = !missing(cohort) & cohort <= r(max)
label define park 0 "control" 1 "treated"
label values park park
local variables investments log_investments revenue_per_capita expenditure_per_capita ///
    phones_per_resident hospital_beds_per_10k freight_10k_tonnes
tabstat `variables', by(park) statistics(n mean sd) columns(statistics) nototal format(%14.10g)
