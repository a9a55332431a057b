extension WinGraph {
  /// Sets of items that beat each other along chains: strongly connected components.
  package struct Components: Sendable, Equatable {
    /// The component of each item, `[n]`.
    package var of: [Int]
    package var count: Int
  }

  /// - Complexity: linear in items and entries, without recursion.
  /// - Source: Tarjan 1972.
  package var components: Components {
    var search = ComponentSearch(items: items)
    for item in 0..<items { search.visit(from: item, self) }
    return Components(of: search.component, count: search.found)
  }

  /// Requires that the likelihood has a finite maximum: from every item a chain of wins leads to every other.
  ///
  /// - Throws: `.disconnected`, naming the items that stand apart (`E_DISCONNECTED`).
  /// - Source: Ford 1957; methods reference, §8.4.
  public func requireConnected(_ names: [String]) throws(EvaluationError) {
    let components = components
    guard components.count > 1 else { return }
    // Of the components: have members ever beaten outsiders, or lost to them?
    var beats = [Bool](repeating: false, count: components.count)
    var loses = beats
    var sizes = [Int](repeating: 0, count: components.count)
    for item in 0..<items {
      sizes[components.of[item]] += 1
      for entry in starts[item]..<starts[item + 1] where wins[entry] > 0 {
        let other = components.of[Int(opponents[entry])]
        if other == components.of[item] { continue }
        beats[components.of[item]] = true
        loses[other] = true
      }
    }
    // At least one component has no way in or no way out; the smallest one says most.
    let apart = sizes.indices.filter { !beats[$0] || !loses[$0] }
    guard let component = apart.min(by: { sizes[$0] < sizes[$1] }) else { return }
    let members = (0..<items).filter { components.of[$0] == component }
    let what =
      beats[component]
      ? "never lost to the others"
      : loses[component] ? "never beat any of the others" : "never met the others"
    throw .disconnected(
      "ratings", "\(Self.list(members.map { names[$0] })) \(what)", parts: components.count)
  }

  /// Up to five names in quotes, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more items" : shown
  }
}

/// Tarjan's search with its own stack.
private struct ComponentSearch {
  var component: [Int]
  var found = 0
  private var order: [Int]
  private var low: [Int]
  private var next: [Int]
  private var open: [Int] = []
  private var path: [Int] = []
  private var clock = 0

  init(items: Int) {
    component = [Int](repeating: -1, count: items)
    order = [Int](repeating: -1, count: items)
    low = [Int](repeating: 0, count: items)
    next = [Int](repeating: 0, count: items)
  }

  private mutating func enter(_ item: Int, _ graph: WinGraph) {
    order[item] = clock
    low[item] = clock
    clock += 1
    next[item] = graph.starts[item]
    open.append(item)
    path.append(item)
  }

  mutating func visit(from root: Int, _ graph: WinGraph) {
    if order[root] >= 0 { return }
    enter(root, graph)
    while let item = path.last {
      guard next[item] < graph.starts[item + 1] else {
        leave(item)
        continue
      }
      let entry = next[item]
      next[item] += 1
      if graph.wins[entry] <= 0 { continue }
      let other = Int(graph.opponents[entry])
      if order[other] < 0 {
        enter(other, graph)
      } else if component[other] < 0 {
        low[item] = min(low[item], order[other])
      }
    }
  }

  /// All opponents of `item` are done: it may be the first of its component.
  private mutating func leave(_ item: Int) {
    path.removeLast()
    if let parent = path.last { low[parent] = min(low[parent], low[item]) }
    guard low[item] == order[item] else { return }
    while let member = open.popLast() {
      component[member] = found
      if member == item { break }
    }
    found += 1
  }
}
