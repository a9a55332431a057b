/// The candidate a misspelt name most likely meant, or nil if none is near.
///
/// Near means: at most one edit, or one edit per three characters of the longer name, upper case and
/// `-` for `_` not counted. An edit inserts, drops or replaces a character, or swaps two neighbours.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
  let typed = normalised(name)
  // A longer one is no misspelling, and the distance costs the product of the lengths.
  guard typed.count <= 64 else { return nil }
  var best: (name: String, distance: Int)?
  for candidate in candidates {
    let known = normalised(candidate)
    let cutoff = max(1, max(typed.count, known.count) / 3)
    guard abs(typed.count - known.count) <= cutoff else { continue }
    let distance = editDistance(typed, known)
    guard distance <= cutoff, distance < min(typed.count, known.count) else { continue }
    if distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.name
}

private func normalised(_ name: String) -> [Character] {
  name.lowercased().map { $0 == "-" ? "_" : $0 }
}

/// Damerau-Levenshtein distance in its optimal string alignment form: no character is edited twice.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for i in 1...a.count {
    var row = [i]
    row.reserveCapacity(b.count + 1)
    for j in 1...b.count {
      let replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      var distance = min(previous[j] + 1, row[j - 1] + 1, replaced)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        distance = min(distance, beforePrevious[j - 2] + 1)
      }
      row.append(distance)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.count]
}
