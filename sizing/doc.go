// Package sizing joins a corpus to the cluster that will train on it: which
// model a number of tokens carries, what a cluster can train in given days,
// what is missing on either side, and what it takes in energy, money and
// memory.
//
// Everything here is arithmetic on typed quantities ([Tokens], [Params],
// [FLOP], [FLOPRate], [Seconds], [Days], [Watts], [KWh], [USD], [Bytes]), so
// that the compiler refuses to add parameters to tokens. Functions are pure:
// no input or output, no state, the same answer for the same arguments.
//
// # Where the formulas come from
//
//   - Training compute C = 6ND and 20 tokens a parameter: Hoffmann et al. 2022,
//     "Training Compute-Optimal Large Language Models" (arXiv 2203.15556).
//   - Loss L(N, D): the same paper's Approach 3 and its corrected replication,
//     Besiroglu et al. 2024 (arXiv 2404.10102). The package defaults to the
//     replication; see [Hoffmann2022] for why.
//   - Repeated data: Muennighoff et al. 2023 (arXiv 2305.16264); a penalty that
//     grows with repetition: Lovelace et al. 2026 (arXiv 2605.01640).
//   - Serving in the bill: Sardana et al. 2024 (arXiv 2401.00448).
//   - Checkpoint interval: Young 1974, Daly 2006.
//   - Memory: ZeRO, Rajbhandari et al. 2020 (arXiv 1910.02054); activations,
//     Korthikanti et al. 2022 (arXiv 2205.05198).
//
// Most callers need [Size], which takes a token count and a [Config] (the
// sizing block of a pipeline file) and returns a [Verdict] that prints as plain
// sentences, a table, JSON or an SVG chart.
package sizing
