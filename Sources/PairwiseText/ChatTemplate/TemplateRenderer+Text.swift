/// Python's string operations: on code points, with Python's white space.
extension TemplateRenderer {
  enum Side { case both, start, end }

  /// Takes characters off the ends: those of `characters`, or white space.
  mutating func stripped(
    _ text: String, _ side: Side, _ characters: String? = nil
  ) throws(TemplateFailure) -> String {
    let set = characters.map { Array($0.unicodeScalars) }
    var view = text.unicodeScalars[...]
    func goes(_ scalar: Unicode.Scalar) -> Bool {
      if let set { set.contains(scalar) } else { scalar.isTemplateSpace }
    }
    // Every character may be compared with the whole set.
    let (work, overflow) = text.utf8.count.multipliedReportingOverflow(by: set?.count ?? 1)
    try budget.spend(bytes: overflow ? .max : work)
    if side != .end { view = view.drop(while: goes) }
    if side != .start {
      while let last = view.last, goes(last) { view.removeLast() }
    }
    return String(String.UnicodeScalarView(view))
  }

  /// The pieces between separators, or between runs of white space without one.
  mutating func split(
    _ text: String, _ separator: String?, limit: Int, fromEnd: Bool = false
  ) throws(TemplateFailure) -> TemplateValue {
    let limit = limit < 0 ? Int.max : limit
    guard let separator else {
      guard !fromEnd || limit == .max else {
        throw TemplateFailure("'rsplit' with a limit needs a separator here")
      }
      return try words(text, limit: limit)
    }
    guard !separator.isEmpty else { throw TemplateFailure("the separator of 'split' is empty") }
    let bytes = Array(text.utf8)
    let mark = Array(separator.utf8)
    var marks: [Int] = []
    var start = 0
    while fromEnd || marks.count < limit, let place = try find(mark, in: bytes, from: start) {
      marks.append(place)
      start = place + mark.count
    }
    if fromEnd, marks.count > limit { marks.removeFirst(marks.count - limit) }
    var pieces: [TemplateValue] = []
    start = 0
    for place in marks + [bytes.count] {
      pieces.append(.string(String(decoding: bytes[start..<place], as: UTF8.self)))
      start = min(place + mark.count, bytes.count)
    }
    return try list(pieces)
  }

  private mutating func words(_ text: String, limit: Int) throws(TemplateFailure) -> TemplateValue {
    try budget.spend(bytes: text.utf8.count)
    var pieces: [TemplateValue] = []
    var rest = text.unicodeScalars[...].drop(while: \.isTemplateSpace)
    while !rest.isEmpty {
      if pieces.count == limit {
        pieces.append(.string(String(String.UnicodeScalarView(rest))))
        break
      }
      let word = rest.prefix { !$0.isTemplateSpace }
      pieces.append(.string(String(String.UnicodeScalarView(word))))
      rest = rest[word.endIndex...].drop(while: \.isTemplateSpace)
    }
    return try list(pieces)
  }

  mutating func replaced(
    _ text: String, _ old: String, _ new: String, limit: Int
  ) throws(TemplateFailure) -> String {
    if old.isEmpty {
      throw TemplateFailure("'replace' of an empty text is not supported")
    }
    let limit = limit < 0 ? Int.max : limit
    let bytes = Array(text.utf8)
    let (mark, replacement) = (Array(old.utf8), Array(new.utf8))
    var result: [UInt8] = []
    var (start, count) = (0, 0)
    while count < limit, let place = try find(mark, in: bytes, from: start) {
      try budget.spend(bytes: replacement.count + place - start)
      result += bytes[start..<place]
      result += replacement
      start = place + mark.count
      count += 1
    }
    try budget.spend(bytes: bytes.count - start)
    result += bytes[start...]
    return String(decoding: result, as: UTF8.self)
  }

  /// How often `part` stands in `text`, without overlaps.
  mutating func count(
    of part: String, in text: String
  ) throws(TemplateFailure) -> Int {
    if part.isEmpty { return text.unicodeScalars.count + 1 }
    let (bytes, mark) = (Array(text.utf8), Array(part.utf8))
    var (start, count) = (0, 0)
    while let place = try find(mark, in: bytes, from: start) {
      start = place + mark.count
      count += 1
    }
    return count
  }

  mutating func lowercased(_ text: String) throws(TemplateFailure) -> String {
    try budget.spend(bytes: text.utf8.count)
    return text.lowercased()
  }

  mutating func uppercased(_ text: String) throws(TemplateFailure) -> String {
    try budget.spend(bytes: text.utf8.count)
    return text.uppercased()
  }

  /// The first character large, the rest small.
  mutating func capitalized(_ text: String) throws(TemplateFailure) -> String {
    try budget.spend(bytes: text.utf8.count)
    guard let first = text.unicodeScalars.first else { return "" }
    let rest = String(String.UnicodeScalarView(text.unicodeScalars.dropFirst()))
    return first.properties.titlecaseMapping + rest.lowercased()
  }

  /// Every word capitalised: a letter is large unless one stands before it.
  mutating func titled(_ text: String) throws(TemplateFailure) -> String {
    try budget.spend(bytes: text.utf8.count)
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      result +=
        isInside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
      isInside = scalar.properties.isCased
    }
    return result
  }

  /// The lines of a text without their ends.
  mutating func lines(_ text: String) throws(TemplateFailure) -> TemplateValue {
    try budget.spend(bytes: text.utf8.count)
    var lines: [TemplateValue] = []
    var line = String.UnicodeScalarView()
    var hasLine = false
    var lastWasReturn = false
    for scalar in text.unicodeScalars {
      if scalar == "\n", lastWasReturn {
        lastWasReturn = false
        continue
      }
      lastWasReturn = scalar == "\r"
      switch scalar.value {
      case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029:
        lines.append(.string(String(line)))
        line = String.UnicodeScalarView()
        hasLine = false
      default:
        line.append(scalar)
        hasLine = true
      }
    }
    if hasLine { lines.append(.string(String(line))) }
    return try list(lines)
  }
}
