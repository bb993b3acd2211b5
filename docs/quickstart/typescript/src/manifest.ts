// Writes what the operator's server shall trust: the texts of this app with their ids, in the format of Apollo's tools.
import { createHash } from "node:crypto";
import { stringifyDocument } from "@urql/core";
import { getOperationAST } from "graphql";
import { documents } from "./documents.js";

const operations = Object.entries(documents).map(([name, document]) => {
  const body = stringifyDocument(document);
  return { id: createHash("sha256").update(body).digest("hex"), name, type: getOperationAST(document)!.operation, body };
});
console.log(JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations }, null, 2));
