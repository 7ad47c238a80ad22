/// What an answering demo server says of itself and lists.
struct DemoCatalogue: Sendable {
  struct Item: Sendable {
    let name: String
    let description: String
    /// The one argument it takes, if any.
    var argument: String?
  }

  let name: String
  let version: String
  let instructions: String
  let tools: [Item]
  let prompts: [Item]
  /// `name` is the URI.
  let resources: [Item]

  static let weather = DemoCatalogue(
    name: "weather", version: "2.4.0", instructions: "Forecasts and warnings by place.",
    tools: [
      Item(name: "get_forecast", description: "Forecast of the next five days", argument: "place"),
      Item(name: "get_current", description: "Conditions right now", argument: "place"),
      Item(name: "list_warnings", description: "Severe weather warnings", argument: "region"),
    ],
    prompts: [
      Item(name: "plan_trip", description: "What to pack for a journey", argument: "destination")
    ],
    resources: [
      Item(name: "weather://stations", description: "Stations and their coordinates"),
      Item(name: "weather://warnings/current", description: "Warnings in force"),
    ])

  static let orders = DemoCatalogue(
    name: "orders", version: "1.12.3", instructions: "Orders of the shop.",
    tools: [
      Item(name: "find_order", description: "An order by its number", argument: "number"),
      Item(name: "list_orders", description: "Orders of a customer", argument: "customer"),
      Item(name: "cancel_order", description: "Cancels an order not yet sent", argument: "number"),
      Item(name: "track_parcel", description: "Where a parcel is", argument: "number"),
    ],
    prompts: [],
    resources: [Item(name: "orders://today", description: "Orders of today")])
}

extension DemoCatalogue {
  var capabilities: JSON {
    var members: [String: JSON] = ["tools": .object(["listChanged": .bool(false)])]
    if !prompts.isEmpty { members["prompts"] = .object(["listChanged": .bool(false)]) }
    if !resources.isEmpty { members["resources"] = .object(["listChanged": .bool(false)]) }
    return .object(members)
  }

  var identity: JSON { .object(["name": .string(name), "version": .string(version)]) }

  /// The members of a list's result; `nil` for a method that lists nothing here.
  func list(_ method: String) -> [String: JSON]? {
    switch method {
    case "tools/list": ["tools": .array(tools.map(Self.tool))]
    case "prompts/list" where !prompts.isEmpty: ["prompts": .array(prompts.map(Self.prompt))]
    case "resources/list" where !resources.isEmpty:
      ["resources": .array(resources.map(Self.resource))]
    case "resources/templates/list" where !resources.isEmpty: ["resourceTemplates": .array([])]
    default: nil
    }
  }

  private static func tool(_ item: Item) -> JSON {
    var schema: [String: JSON] = ["type": .string("object")]
    if let argument = item.argument {
      schema["properties"] = .object([argument: .object(["type": .string("string")])])
      schema["required"] = .array([.string(argument)])
    }
    return .object([
      "name": .string(item.name), "description": .string(item.description),
      "inputSchema": .object(schema),
    ])
  }

  private static func prompt(_ item: Item) -> JSON {
    let arguments = item.argument.map { name -> [JSON] in
      [.object(["name": .string(name), "required": .bool(true)])]
    }
    return .object([
      "name": .string(item.name), "description": .string(item.description),
      "arguments": .array(arguments ?? []),
    ])
  }

  private static func resource(_ item: Item) -> JSON {
    .object([
      "uri": .string(item.name), "name": .string(item.description),
      "mimeType": .string("application/json"),
    ])
  }
}
