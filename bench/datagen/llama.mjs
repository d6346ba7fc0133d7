// An OpenAI-compatible server over llama.cpp, as node-llama-cpp binds it: enough of
// /v1/chat/completions and /v1/completions for a test of the plumbing; answers by JSON schema have
// llama.cpp's grammar. It writes a line for each request.
//   node llama.mjs MODEL.gguf PORT SEQUENCES LOG
import fs from "node:fs";
import http from "node:http";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";
const [file, port, sequences, log] = process.argv.slice(2);
const resolve = createRequire(process.env.NODE_LLAMA ?? import.meta.url).resolve;
const {getLlama, LlamaChatSession, LlamaCompletion} = await import(pathToFileURL(resolve("node-llama-cpp")).href);
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, logLevel: "error", progressLogs: false, maxThreads: Number(process.env.NODE_LLAMA_THREADS ?? 0)});
const model = await llama.loadModel({modelPath: file});
const context = await model.createContext({sequences: Number(sequences), contextSize: 2048});
const free = Array.from({length: Number(sequences)}, () => context.getSequence());
const waiting = [];
const take = () => free.length > 0 ? Promise.resolve(free.pop()) : new Promise((go) => waiting.push(go));
const give = (s) => waiting.length > 0 ? waiting.shift()(s) : free.push(s);
const grammars = new Map();
const grammarOf = (format) => {
    const schema = format?.json_schema?.schema, name = JSON.stringify(schema);
    if (schema && !grammars.has(name)) grammars.set(name, llama.createGrammarForJsonSchema(schema));
    return schema && grammars.get(name);
};
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
        const before = sequence.tokenMeter.getState();
        const settings = {maxTokens: asked.max_tokens, temperature: asked.temperature, topP: asked.top_p, seed: asked.seed, signal: gone.signal, grammar: await grammarOf(asked.response_format)};
        const chat = request.url.endsWith("/chat/completions");
        let text, meta;
        if (chat) {
            const session = new LlamaChatSession({contextSequence: sequence, systemPrompt: asked.messages.filter((m) => m.role === "system").map((m) => m.content).join("\n")});
            meta = await session.promptWithMeta(asked.messages.filter((m) => m.role === "user").at(-1).content, settings);
            text = meta.responseText;
            session.dispose();
        } else {
            const completion = new LlamaCompletion({contextSequence: sequence});
            const made = await completion.generateCompletionWithMeta(asked.prompt, settings);
            text = made.response;
            meta = made.metadata;
            completion.dispose({disposeSequence: false});
        }
        const used = sequence.tokenMeter.diff(before);
        fs.appendFileSync(log, JSON.stringify({n, at: "end", seed: asked.seed}) + "\n");
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify({id: `x${n}`, object: chat ? "chat.completion" : "text_completion", model: asked.model,
            choices: [{index: 0, ...(chat ? {message: {role: "assistant", content: text}} : {text}), finish_reason: meta.stopReason === "maxTokens" ? "length" : "stop"}],
            usage: {prompt_tokens: used.usedInputTokens, completion_tokens: used.usedOutputTokens}}));
    } catch (error) {
        response.statusCode = gone.signal.aborted ? 499 : 500;
        response.end(String(error));
    } finally {
        await sequence.clearHistory();
        give(sequence);
    }
}).listen(Number(port), "127.0.0.1", () => console.log("listening"));
