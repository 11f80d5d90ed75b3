// Search by regular expression, in a worker: an expression may take for ever on one message, and only a worker can be
// stopped in the middle of it. Knows no filter.
"use strict";

const PATIENCE_MS = 3000; // for one part
const PART_ROWS = 500;
const PART_LENGTH = 1 << 20;

// What the worker runs; it sees nothing but the texts that it is handed.
const SEARCHING = `onmessage = ({ data: { source, flags, texts } }) => {
  const expression = new RegExp(source, flags);
  postMessage(texts.map((text) => expression.test(text)));
};`;

const searcher = { worker: null, reject: null };

function stopSearching(reason) {
  const { worker, reject } = searcher;
  searcher.worker = searcher.reject = null;
  worker?.terminate();
  reject?.(reason);
}

// Tell for each of the texts whether the expression is found in it. Rejects with "slow" where that takes too long.
function foundIn(expression, texts) {
  if (searcher.worker === null) {
    const url = URL.createObjectURL(new Blob([SEARCHING], { type: "text/javascript" }));
    searcher.worker = new Worker(url);
    URL.revokeObjectURL(url);
  }
  return new Promise((resolve, reject) => {
    const { worker } = searcher;
    const limit = setTimeout(() => stopSearching("slow"), PATIENCE_MS);
    searcher.reject = (reason) => {
      clearTimeout(limit);
      reject(reason);
    };
    worker.onerror = () => stopSearching("failed");
    worker.onmessage = ({ data }) => {
      clearTimeout(limit);
      searcher.reject = null;
      resolve(data);
    };
    worker.postMessage({ source: expression.source, flags: expression.flags, texts });
  });
}

// Return those of the rows in whose text the expression is found; `told(share)` hears how far it is.
// Rejects with "other" where another search begins meanwhile.
async function rowsWith(expression, rows, told) {
  stopIfBusy();
  const found = [];
  for (let begin = 0; begin < rows.length; ) {
    let end = begin;
    for (let length = 0; end < rows.length && end - begin < PART_ROWS && length < PART_LENGTH; end += 1) {
      length += log.size[rows[end]];
    }
    const part = rows.slice(begin, end);
    const are = await foundIn(expression, part.map(textOf));
    found.push(...part.filter((_, place) => are[place]));
    begin = end;
    told(begin / rows.length);
  }
  return found;
}

function stopIfBusy() {
  if (searcher.reject !== null) {
    stopSearching("other");
  }
}
