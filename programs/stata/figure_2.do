* Figure 2: placebo. Each draw treats as many pairs as have a park, from random years on
* Stata 14 or later. We could not run this program: we have no Stata.
* Run it in the folder with the panels (.dta): do stata/figure_2.do
version 14
clear all
use manufacturing.dta, clear
generate byte treat = !missing(cohort) & year >= cohort
generate double log_count = ln(1 + count)
egen pair = group(helper recipient)
* the draws of the book are in placebo_draws.dta: draw, helper, recipient, year; Stata would draw others
tempfile panel
save `panel'
use placebo_draws.dta, clear
rename year first
quietly summarize draw
local last = r(max)
tempfile drawn
save `drawn'

tempfile estimates
tempname results
postfile `results' draw double estimate using `estimates'
forvalues draw = 1/`last' {
    use if draw == `draw' using `drawn', clear
    quietly merge 1:m helper recipient using `panel', nogenerate
    generate byte placebo = !missing(first) & year >= first
    quietly areg log_count placebo i.year, absorb(pair)
    post `results' (`draw') (_b[placebo])
}
postclose `results'
use `estimates', clear
format estimate %14.10g
list, noobs
