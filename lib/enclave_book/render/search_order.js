// The order of what the search finds: chapters of the study, then pages on it, then appendices and lists.
if (typeof Scorer !== "undefined") {
  Scorer.score = ([page, , , , score]) => {
    if (/^notebooks\/\d\d_/.test(page)) return score + 12;
    if (/^index$|scorecard|how_to_use|notation/.test(page)) return score + 6;
    if (/^notebooks\/|changelog|references|contributing|lists|benchmarks/.test(page)) return score - 6;
    return score;
  };
}
