// The occlusion protocol as a tablet gets it, for tests.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HOME = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = process.env.PYTHON ?? (existsSync(HOME + ".venv/bin/python") ? HOME + ".venv/bin/python" : "python3");
const MAKE = `
import json
from safety.protocols import load, rules
p = load.load(load.latest("vascular_occlusion"))
print(json.dumps(rules.resolve(p.body, rules.effective(p.body, {}))))`;

export const protocol = JSON.parse(execFileSync(PYTHON, ["-c", MAKE], { cwd: HOME, maxBuffer: 2 ** 28 }));
