// What this tablet keeps of a run, on its disk before a button says recorded. Bodies are encrypted with a key that
// cannot be read out of the browser, so that a copied profile folder shows no patient.
const NAME = "reflow-runs";
const VERSION = 2; // 1: keys, kept, runs, events; 2: photos
const TABLES = { keys: null, kept: null, runs: "id", events: ["run", "id"], photos: ["run", "id"] };

/** The tablet's store; when the browser refuses one, an object of the same shape that says `durable: false`. */
export async function openStore({ factory = () => globalThis.indexedDB, crypto = globalThis.crypto } = {}) {
  try {
    const disk = factory(); // some browsers refuse the very name
    const database = await opened(disk);
    return new Store(database, await vaultOf(database, crypto), disk, crypto);
  } catch (fault) {
    return new Forgetful(fault);
  }
}

function opened(factory, version = VERSION) {
  return new Promise((resolve, reject) => {
    const asked = version ? factory.open(NAME, version) : factory.open(NAME);
    asked.onupgradeneeded = () => {
      const missing = Object.entries(TABLES).filter(([table]) => !asked.result.objectStoreNames.contains(table));
      for (const [table, keyPath] of missing) asked.result.createObjectStore(table, keyPath ? { keyPath } : {});
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  });
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error || new Error("aborted"));
    transaction.onerror = () => reject(transaction.error);
  });
}

async function vaultOf(database, crypto) {
  if (!crypto?.subtle) return OPEN_VAULT; // plain http outside this machine has no ciphers; the set-up page says so
  const kept = await answer(database.transaction("keys").objectStore("keys").get("body"));
  const key = kept || (await newKey(database, crypto));
  const sealBytes = async (bytes) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, box: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
  };
  const openBytes = ({ iv, box }) => crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, box);
  return {
    seal: (value) => sealBytes(new TextEncoder().encode(JSON.stringify(value))),
    open: async (body) => JSON.parse(new TextDecoder().decode(await openBytes(body))),
    sealBytes, openBytes,
  };
}

async function newKey(database, crypto) {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const transaction = database.transaction("keys", "readwrite", { durability: "strict" });
  transaction.objectStore("keys").put(key, "body");
  await finished(transaction);
  return key;
}

const OPEN_VAULT = {
  seal: async (value) => ({ plain: JSON.stringify(value) }), open: async (body) => JSON.parse(body.plain),
  sealBytes: async (bytes) => ({ plain: bytes }), openBytes: async (body) => body.plain,
};

const within = (run) => IDBKeyRange.bound([run, ""], [run, "\uffff"]);

class Store {
  durable = true;
  renewals = new Set();

  constructor(database, vault, disk, crypto) {
    Object.assign(this, { vault, crypto });
    this.hold(database, disk);
  }

  /** A window with a newer app may add tables: give way, and go on with what it made. */
  hold(database, disk) {
    this.database = database;
    database.onversionchange = () => {
      database.close();
      opened(disk, null).then((again) => this.renew(again, disk)).catch(() => {}); // the next write says so
    };
  }

  /** The database was changed or deleted by another page: whoever wrote to it writes what it may lack. */
  async renew(database, disk) {
    this.vault = await vaultOf(database, this.crypto); // in a fresh database with a fresh key
    this.hold(database, disk);
    for (const tell of this.renewals) tell();
  }

  writing(...tables) { return this.database.transaction(tables, "readwrite", { durability: "strict" }); }

  reading(table) { return this.database.transaction(table).objectStore(table); }

  /** Keep one value under a name: the kit, the device, the clock. */
  async keep(name, value) {
    const body = await this.vault.seal(value);
    const transaction = this.writing("kept");
    transaction.objectStore("kept").put(body, name);
    await finished(transaction);
  }

  /** The value kept under a name, or null. */
  async kept(name) {
    const body = await answer(this.reading("kept").get(name));
    return body ? this.vault.open(body) : null;
  }

  /** Names of what is kept that begin so. */
  async names(prefix) { return answer(this.reading("kept").getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`))); }

  /** Forget the value kept under a name. */
  async drop(name) {
    const transaction = this.writing("kept");
    transaction.objectStore("kept").delete(name);
    await finished(transaction);
  }

  /** Keep what a run is: its protocol, context, device. */
  async keepRun(run) {
    const body = await this.vault.seal(run);
    const transaction = this.writing("runs");
    transaction.objectStore("runs").put({ id: run.id, body });
    await finished(transaction);
  }

  /** Note when an open run was last touched, or null: the service worker, which can read no body, lets no update in. */
  async note(run, at) {
    const transaction = this.writing("kept");
    const table = transaction.objectStore("kept");
    if (at !== null) table.put(at, `open ${run}`);
    else table.delete(`open ${run}`);
    await finished(transaction);
  }

  async run(id) {
    const row = await answer(this.reading("runs").get(id));
    return row ? this.vault.open(row.body) : null;
  }

  /** Ids of the runs this tablet holds. */
  async runs() { return answer(this.reading("runs").getAllKeys()); }

  /**
   * Write our own event and give it the next number of this device in this run: number and event in one
   * transaction, so that two windows of one tablet never use a number twice. `least` is the lowest number that is
   * free as far as the page knows: while the disk refused, it counted alone.
   */
  async add(run, event, least = 0) {
    const body = await this.vault.seal(event);
    const transaction = this.writing("events", "kept");
    const numbers = transaction.objectStore("kept");
    const name = `seq ${run} ${event.device}`;
    const done = finished(transaction);
    const seq = Math.max(least, ((await answer(numbers.get(name))) ?? -1) + 1);
    numbers.put(seq, name);
    transaction.objectStore("events").put({ run, id: event.id, seq, state: "unsent", cursor: null, body });
    await done;
    return seq;
  }

  /** Write what became of events, ours or another device's. Each: {id, seq, state, cursor, event}. */
  async mark(run, entries) {
    const rows = await Promise.all(
      entries.map(async ({ id, seq, state, cursor, event }) => ({ run, id, seq, state, cursor, body: await this.vault.seal(event) })),
    );
    const transaction = this.writing("events");
    for (const row of rows) transaction.objectStore("events").put(row);
    await finished(transaction);
  }

  /** Every event of a run this tablet knows. */
  async events(run) {
    const rows = await answer(this.reading("events").getAll(within(run)));
    return Promise.all(rows.map(async ({ body, ...row }) => ({ ...row, event: { ...(await this.vault.open(body)), seq: row.seq } })));
  }

  /** Keep the bytes of a photo that waits to be sent. */
  async addPhoto(run, { id, sha256, bytes }) {
    const body = await this.vault.sealBytes(bytes);
    const transaction = this.writing("photos");
    transaction.objectStore("photos").put({ run, id, sha256, state: "waiting", body });
    await finished(transaction);
  }

  /** What photos of a run this tablet knows, without their bytes. */
  async photos(run) {
    const rows = await answer(this.reading("photos").getAll(within(run)));
    return rows.map(({ id, sha256, state }) => ({ id, sha256, state }));
  }

  /** The bytes of a photo, or null when they are gone or cannot be read. */
  async photoBytes(run, id) {
    const row = await answer(this.reading("photos").get([run, id]));
    return row?.body ? this.vault.openBytes(row.body).catch(() => null) : null;
  }

  /** Write what became of a photo; once the server has it the bytes go from here. */
  async markPhoto(run, id, state) {
    const transaction = this.writing("photos");
    const table = transaction.objectStore("photos");
    const done = finished(transaction);
    const row = await answer(table.get([run, id]));
    if (row) table.put({ ...row, state, body: state === "sent" ? null : row.body });
    await done;
  }

  /** Forget a run that is wholly on the server; one with anything that is only here, a photo too, is never forgotten. */
  async forget(run) {
    const [known, photos] = await Promise.all([this.events(run), this.photos(run)]);
    const onlyHere = known.some(({ state, cursor }) => state === "unsent" || cursor === null);
    if (onlyHere || photos.some((photo) => photo.state !== "sent")) return false;
    const transaction = this.writing("runs", "events", "photos", "kept");
    transaction.objectStore("runs").delete(run);
    transaction.objectStore("kept").delete(`open ${run}`);
    for (const table of ["events", "photos"]) transaction.objectStore(table).delete(within(run));
    await finished(transaction);
    return true;
  }
}

/** Stands in where the browser keeps nothing: this page alone remembers, and the screen says so. */
class Forgetful {
  durable = false;

  constructor(fault) {
    this.fault = fault;
    this.numbers = new Map();
    this.values = new Map();
    this.pictures = new Map();
  }

  async keep(name, value) { this.values.set(name, value); }
  async kept(name) { return this.values.get(name) ?? null; }
  async names(prefix) { return [...this.values.keys()].filter((name) => name.startsWith(prefix)); }
  async drop(name) { this.values.delete(name); }
  async keepRun(run) { this.values.set(`run ${run.id}`, run); }
  async note() {}
  async run(id) { return this.values.get(`run ${id}`) ?? null; }
  async runs() { return [...this.values.keys()].filter((key) => key.startsWith("run ")).map((key) => key.slice(4)); }
  async add(run, event, least = 0) {
    const seq = Math.max(least, (this.numbers.get(run) ?? -1) + 1);
    this.numbers.set(run, seq);
    return seq;
  }
  async mark() {}
  async events() { return []; }
  async addPhoto(run, { id, bytes }) { this.pictures.set(`${run} ${id}`, bytes); }
  async photos() { return []; }
  async photoBytes(run, id) { return this.pictures.get(`${run} ${id}`) ?? null; }
  async markPhoto(run, id, state) { if (state === "sent") this.pictures.delete(`${run} ${id}`); }
  async forget() { return false; }
}
