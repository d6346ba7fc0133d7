// Pictures of a report at 1280 and 390 pixels, light and dark, what axe finds in it, and
// whether the keyboard gets everywhere. With --readme FILE only the picture of the README.
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [report, out, flag, readme] = process.argv.slice(2);
if (!report || !out) {
  console.error("usage: node look.mjs report.html FOLDER [--readme picture.png]");
  process.exit(2);
}
fs.mkdirSync(out, { recursive: true });
const page = "file://" + path.resolve(report);
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await puppeteer.launch({
  args: chromium.args,
  executablePath: process.env.CHROMIUM || (await chromium.executablePath()),
  headless: "shell",
});

async function open(width, height, mode, scale) {
  const p = await browser.newPage();
  await p.setViewport({ width, height, deviceScaleFactor: scale });
  await p.emulateMediaFeatures([{ name: "prefers-color-scheme", value: mode }]);
  await p.goto(page);
  return p;
}

let bad = 0;
if (flag === "--readme") {
  const p = await open(1280, 905, "light", 1);
  await p.screenshot({ path: readme });
} else {
  for (const width of [1280, 390]) {
    for (const mode of ["light", "dark"]) {
      const p = await open(width, width === 390 ? 844 : 900, mode, width === 390 ? 2 : 1);
      const wide = await p.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) bad++;
      const height = await p.evaluate(() => document.documentElement.scrollHeight);
      for (let y = 0, i = 0; y < height && i < 10; y += 2000, i++) {
        await p.screenshot({
          path: `${out}/${width}-${mode}-${i}.png`,
          clip: { x: 0, y, width, height: Math.min(2000, height - y) },
          captureBeyondViewport: true,
        });
      }
      await p.setBypassCSP(true);
      await p.goto(page);
      await p.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
      await p.evaluate(axe);
      const found = await p.evaluate(async () =>
        (await axe.run(document)).violations.map((v) => `${v.impact} ${v.id}: ${v.nodes.length}`));
      bad += found.length;
      console.log(`${width} ${mode}: ${wide} pixels wide, ${height} high; axe: ${found.join("; ") || "nothing"}`);
      await p.close();
    }
  }
  // By keyboard alone: Tab comes to every link, box that scrolls and part that folds.
  const p = await open(1280, 900, "light", 1);
  const all = await p.evaluate(() => document.querySelectorAll("a[href], summary, [tabindex='0']").length);
  const hidden = await p.evaluate(() => document.querySelectorAll("details:not([open]) [tabindex='0'], details:not([open]) a[href]").length);
  const reached = new Set();
  for (let i = 0; i < all + 5; i++) {
    await p.keyboard.press("Tab");
    reached.add(await p.evaluate(() => [...document.querySelectorAll("a[href], summary, [tabindex='0']")].indexOf(document.activeElement)));
  }
  reached.delete(-1);
  if (reached.size < all - hidden) bad++;
  await p.evaluate(() => document.querySelector("summary").focus());
  await p.keyboard.press("Enter");
  const opened = await p.evaluate(() => document.querySelector("details").open);
  if (!opened) bad++;
  console.log(`keyboard: ${reached.size} of ${all - hidden} places reached, Enter ${opened ? "opens" : "does not open"} what is folded`);
}
await browser.close();
process.exit(bad ? 1 : 0);
