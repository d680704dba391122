# Each command is one of `python run.py`, which runs on every system and says the same: `make help` lists them.
# Settings are typed behind it, as in `make book SOURCE=licensed`; make hands them on.

PYTHON ?= python3
# a version is the one that `make wheels` fetches for, and no program
PROGRAM := $(if $(filter 3.%,$(PYTHON)),python3,$(PYTHON))
COMMANDS := help setup spark book test test-book test-fit test-slow test-campaign lab exercises page serve pdf look programs \
	slides slides-pdf check course instructor handout grade enclave twin twin-fit registers bench mutate lab-study \
	exhibits links wheels lock drift book-next clean

SETTINGS := SOURCE TWIN PORT SEED N FIRMS FORMAT MAP CLASS SUBMISSIONS ENGINE WHEELS PLATFORM PYTHON ALONE ARGS
# what was typed behind make, or before it
TYPED = $(foreach name,$(SETTINGS),$(if $(filter command environment,$(origin $(name))),'$(name)=$(subst ','\'',$(value $(name)))'))

.DEFAULT_GOAL := help
.PHONY: $(COMMANDS)

$(COMMANDS):
	@command -v "$(PROGRAM)" >/dev/null \
		|| { echo "Python 3.11 to 3.14 is needed: install it, or name it as in: make PYTHON=python3.12 $@" >&2; exit 1; }
	@"$(PROGRAM)" run.py $@ $(TYPED)
