// Package consent reads what sites say of the use of their pages, and decides by it.
//
// What is read, and the revision that the reader follows:
//
//   - robots.txt: RFC 9309, for every agent that binds.
//   - Content-Usage, in robots.txt and in the header: draft-ietf-aipref-attach-05 and
//     draft-ietf-aipref-vocab-07 (August 2026), a dictionary of structured fields (RFC 9651).
//     Labels of revisions 01 to 04 (all, bots, tdm, ai, genai, train-genai, ai-use,
//     ai-output, inference) are understood too.
//   - Content-Signal, in robots.txt and in the header: contentsignals.org (September 2025),
//     draft-romm-aipref-contentsignals-00.
//   - X-Robots-Tag and robots metas, those of the agents that bind among them: Google's and
//     Bing's documentation, with noai and noimageai (DeviantArt, 2022) and noml.
//   - TDMRep: the W3C community group's final report of 10 May 2024, as header, meta and
//     /.well-known/tdmrep.json.
//   - RSL 1.0 (December 2025): License in robots.txt, links of rel=license and type
//     application/rsl+xml in header and page, and RSL in a page. That terms are there is
//     read, the terms themselves are not.
//   - ai.txt as Spawning makes it (2023).
//   - Licences: rel=license, Dublin Core, addresses of Creative Commons and others.
package consent
