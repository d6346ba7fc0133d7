// Package robots reads robots.txt by RFC 9309, with the lines that others added to it:
// Sitemap, Crawl-delay, Content-Usage (draft-ietf-aipref-attach-05), Content-Signal
// (contentsignals.org, September 2025) and License (RSL 1.0).
//
// What the RFC leaves open is decided like this. Keys are known in the misspellings that
// Google's parser takes. A user-agent line may have several product tokens, parted by
// commas, and what follows a token (a version, a remark) does not count. Lines of other
// keys belong to no group and end none; Crawl-delay and Content-Signal bind the agents that
// were named before them, and every agent if none was. In a query, %2F and the like are the
// characters that they stand for, as in the table of section 2.2.2.
package robots
