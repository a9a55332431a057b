extension PreferenceSchema {
  /// Datasets of the schema that Pairwise reads or will read, under the groups it knows.
  private static let known: [String: Set<String>] = [
    "prompts": [
      "id", "tokens/values", "tokens/offsets", "text/values", "text/offsets", "features",
      "subset_id", "source_id", "messages/values", "messages/offsets",
    ],
    "responses": [
      "id", "prompt", "tokens/values", "tokens/offsets", "text/values", "text/offsets", "features",
      "hidden/values", "hidden/offsets", "ratings", "generator_id", "length", "gold_reward",
      "messages/values", "messages/offsets",
    ],
    "pairs": [
      "id", "prompt", "a", "b", "prompt_b", "label", "label_prob", "strength", "margin", "weight",
      "annotator", "group", "context", "pair_group", "order_shown", "confidence", "time", "flags",
      "gold_label", "strength_mean", "strength_std", "ensemble_delta", "scores", "properties",
      "principle_votes", "context_set/values", "context_set/offsets", "extra/values",
      "extra/offsets",
    ],
    "rankings": [
      "id", "prompt", "annotator", "context", "weight", "top_k", "items/values", "items/offsets",
      "tie_level", "group", "label_prob", "margin", "flags", "gold_label", "extra/values",
      "extra/offsets",
    ],
    "segments": [
      "states/values", "states/offsets", "actions/values", "actions/offsets", "rewards/values",
      "rewards/offsets",
    ],
    "mdp": ["transition", "reward", "terminal"],
  ]

  /// Datasets of `pairs` that hold something else than numbers for objectives.
  private static let structural: Set<String> = [
    "id", "prompt", "a", "b", "prompt_b", "label", "label_prob", "margin", "weight", "annotator",
    "group", "context", "pair_group", "order_shown", "time", "flags", "gold_label",
  ]

  /// The same of `rankings`.
  private static let structuralOfSlates = structural.union(["items", "top_k", "tie_level"])

  /// Whether the schema gives a path a meaning that no column of the data's own may take.
  static func isReserved(_ path: String) -> Bool {
    let name = path.split(separator: "/", maxSplits: 1).last.map(String.init) ?? ""
    return path.hasPrefix("pairs/") && structural.contains(name)
      || path.hasPrefix("rankings/") && structuralOfSlates.contains(name)
  }

  /// False for a dataset under a group of the schema that the schema does not have.
  static func knows(_ path: String) -> Bool {
    guard let slash = path.firstIndex(of: "/"), let names = known[String(path[..<slash])] else {
      return true
    }
    return names.contains(String(path[path.index(after: slash)...]))
  }
}
