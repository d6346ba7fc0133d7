// An OpenAI-compatible server over llama.cpp, as node-llama-cpp binds it: enough of
// /v1/chat/completions for a test of the plumbing. It writes a line for each request.
//   node llama.mjs MODEL.gguf PORT SEQUENCES LOG
import fs from "node:fs";
import http from "node:http";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";
const [file, port, sequences, log] = process.argv.slice(2);
const resolve = createRequire(process.env.NODE_LLAMA ?? import.meta.url).resolve;
const {getLlama, LlamaChatSession} = await import(pathToFileURL(resolve("node-llama-cpp")).href);
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, logLevel: "error", progressLogs: false, maxThreads: Number(process.env.NODE_LLAMA_THREADS ?? 0)});
const model = await llama.loadModel({modelPath: file});
const context = await model.createContext({sequences: Number(sequences), contextSize: 2048});
const free = Array.from({length: Number(sequences)}, () => context.getSequence());
const waiting = [];
const take = () => free.length > 0 ? Promise.resolve(free.pop()) : new Promise((go) => waiting.push(go));
const give = (s) => waiting.length > 0 ? waiting.shift()(s) : free.push(s);
let number = 0;
http.createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const asked = JSON.parse(body), n = ++number;
    fs.appendFileSync(log, JSON.stringify({n, at: "begin", seed: asked.seed}) + "\n");
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const sequence = await take();
    try {
        const session = new LlamaChatSession({contextSequence: sequence, systemPrompt: asked.messages.filter((m) => m.role === "system").map((m) => m.content).join("\n")});
        const before = sequence.tokenMeter.getState();
        const prompt = asked.messages.filter((m) => m.role === "user").at(-1).content;
        const meta = await session.promptWithMeta(prompt, {maxTokens: asked.max_tokens, temperature: asked.temperature, topP: asked.top_p, seed: asked.seed, signal: gone.signal});
        const used = sequence.tokenMeter.diff(before);
        session.dispose();
        fs.appendFileSync(log, JSON.stringify({n, at: "end", seed: asked.seed}) + "\n");
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify({id: `x${n}`, object: "chat.completion", model: asked.model,
            choices: [{index: 0, message: {role: "assistant", content: meta.responseText}, finish_reason: meta.stopReason === "maxTokens" ? "length" : "stop"}],
            usage: {prompt_tokens: used.usedInputTokens, completion_tokens: used.usedOutputTokens}}));
    } catch (error) {
        response.statusCode = gone.signal.aborted ? 499 : 500;
        response.end(String(error));
    } finally {
        await sequence.clearHistory();
        give(sequence);
    }
}).listen(Number(port), "127.0.0.1", () => console.log("listening"));
