"""From page to document: decode, extract, measure, judge the site, normalize."""
