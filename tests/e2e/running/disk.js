// Everything the run keeps in this browser, as text: what a copied profile folder would show.
async () => {
  const done = (asked) => new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
  const readable = (key, value) => (value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value);
  const database = await done(indexedDB.open("reflow-runs"));
  const held = [];
  for (const name of database.objectStoreNames) {
    for (const row of await done(database.transaction(name).objectStore(name).getAll())) {
      held.push(row instanceof CryptoKey ? `key ${row.extractable}` : JSON.stringify(row, readable));
    }
  }
  return held.join(" ");
}
