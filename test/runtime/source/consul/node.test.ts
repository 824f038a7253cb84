// What two answers about one node say of its services, as marks that differ when something did.
import {
  decodeNodeChecks,
  decodeNodeNames,
  decodeNodeServices,
} from "../../../../src/runtime/source/consul/decode/node";

test("services of a node: one mark per service over all its instances, one for the node itself", () => {
  const body = {
    Node: { Node: "ext-1", Address: "10.0.0.1", ModifyIndex: 3 },
    Services: {
      "web-2": { ID: "web-2", Service: "web", Port: 2, ModifyIndex: 9 },
      "web-1": { ID: "web-1", Service: "web", Port: 1, ModifyIndex: 7 },
      pay: { ID: "pay", Service: "pay", Port: 3, ModifyIndex: 8 },
    },
  };
  expect(decodeNodeServices(body)).toEqual([
    ["", "ext-1 3\n"],
    ["pay", "pay 8\n"],
    ["web", "web-1 7\nweb-2 9\n"],
  ]);
});

test("a node that is not there has none", () => {
  expect(decodeNodeServices(undefined)).toEqual([]);
  expect(decodeNodeServices(null)).toEqual([]);
});

test("checks of a node: its own under no name", () => {
  const body = [
    { Node: "ext-1", CheckID: "b", ServiceName: "web", ModifyIndex: 4 },
    { Node: "ext-1", CheckID: "a", ServiceName: "web", ModifyIndex: 6 },
    { Node: "ext-1", CheckID: "maintenance", ServiceName: "", ModifyIndex: 5 },
  ];
  expect(decodeNodeChecks(body)).toEqual([
    ["web", "a 6\nb 4\n"],
    ["", "maintenance 5\n"],
  ]);
});

test("names of nodes, sorted", () => {
  expect(decodeNodeNames([{ Node: "b" }, { Node: "a" }])).toEqual(["a", "b"]);
});

test("what cannot be read is said by its path", () => {
  expect(() => decodeNodeServices({ Node: { Node: "n" } })).toThrow("Node.ModifyIndex");
});
