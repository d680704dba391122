* Table 3: group-time effects of Callaway and Sant'Anna and their averages, without controls
* Stata 14 or later. Needs csdid 1.58 or later (ssc install drdid, then csdid). We could not run this program: we have no Stata.
* Run it in the folder with the panels (.dta): do stata/table_3.do
version 14
clear all
use manufacturing.dta, clear
generate byte treat = !missing(cohort) & year >= cohort
generate double log_count = ln(1 + count)
egen pair = group(helper recipient)

* csdid reads 0 as never treated
quietly summarize year
generate first = cond(missing(cohort) | cohort > r(max), 0, cohort)

* pairs never treated compare; before the park each year is compared with the year before it; analytic errors by pair
csdid count, ivar(pair) time(year) gvar(first) method(reg)
estat simple
* Pre_avg and Post_avg
estat event
* CAverage
estat calendar
* GAverage
estat group
