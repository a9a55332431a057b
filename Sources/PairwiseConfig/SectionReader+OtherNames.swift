// Keys that another library calls by another name.
extension SectionReader {
  /// The value under `key` or, for configs written for another library, under `other`; `default` if both are
  /// absent or the value is wrong. Giving both is a problem.
  ///
  /// What is resolved is written under `key`.
  public mutating func value<Value: ConfigValue>(
    _ key: String, or other: String, default fallback: Value, _ allowed: Allowed<Value>,
    _ doc: String
  ) -> Value {
    declare(key) {
      var description = KeyDescription(
        key, allowed, default: fallback.configNode, isRequired: false, doc)
      description.otherName = other
      return description
    }
    declareOtherName(other)
    let given = entry(key)
    if given != nil, contains(other) {
      report(other, "expected only one of '\(key)' and '\(other)', which mean the same")
    }
    let result = (given ?? entry(other)).flatMap { read($0, allowed) } ?? fallback
    resolved.append(ConfigNode.Entry(key: key, value: result.configNode))
    return result
  }
}
