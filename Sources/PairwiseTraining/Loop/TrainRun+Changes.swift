internal import PairwiseConfig
internal import PairwiseData

extension TrainRun {
  /// Keys whose values differ from those of the run that is in the folder, but for keys that cannot change a
  /// result; none where there is no run. Keys that are newer than the run had their defaults.
  func changedKeys() throws(ConfigError) -> [String] {
    guard FileAccess.exists(folder.config) else { return [] }
    let file = try ConfigFile.load(folder.config, overrides: [])
    let read = try? ConfigReader.read(RunConfig.self, from: file, file: folder.config)
    let stored = read?.resolved ?? file
    return TrainRun.differences(stored, resolved, path: "").filter { key in
      !["run.threads", "run.output", "trainer.save_total_limit", "trainer.report"].contains(key)
    }
  }

  private static func differences(_ a: ConfigNode, _ b: ConfigNode, path: String) -> [String] {
    guard case .table(let left) = a.value, case .table(let right) = b.value else {
      return a.value.isSame(as: b.value) ? [] : [path]
    }
    var result: [String] = []
    let keys = left.map(\.key) + right.map(\.key).filter { key in !left.contains { $0.key == key } }
    for key in keys {
      let inner = path.isEmpty ? key : path + "." + key
      guard let x = a[key], let y = b[key] else {
        result.append(inner)
        continue
      }
      result += differences(x, y, path: inner)
    }
    return result
  }
}

extension ConfigNode.Value {
  /// Equal values, an integer being the same as that number.
  fileprivate func isSame(as other: ConfigNode.Value) -> Bool {
    switch (self, other) {
    case (.int(let a), .number(let b)), (.number(let b), .int(let a)): return Double(a) == b
    case (.list(let a), .list(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { $0.value.isSame(as: $1.value) }
    case (.table(let a), .table(let b)):
      return a.count == b.count
        && a.allSatisfy { entry in
          b.contains { $0.key == entry.key && $0.value.value.isSame(as: entry.value.value) }
        }
    case (.null, .null): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.int(let a), .int(let b)): return a == b
    case (.number(let a), .number(let b)): return a == b
    case (.string(let a), .string(let b)): return a == b
    default: return false
    }
  }
}
