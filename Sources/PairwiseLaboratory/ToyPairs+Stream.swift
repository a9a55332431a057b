internal import PairwiseData

extension ToyPairs {
  /// The first `count` pairs that `data synthesize` would draw with these options for a split.
  ///
  /// Test pairs come from the next seed, without flips.
  init(_ options: SynthesisOptions, _ split: ToySplit, count: Int) {
    self.init(width: options.columns)
    let isTest = split == .test
    let stream = SyntheticStream(
      options, seed: options.seed &+ (isTest ? 1 : 0), isClean: isTest)
    var pairs = self
    stream.forEach(0..<count) { draw in
      var note = Note()
      (note.user, note.group) = (draw.user, draw.group)
      if draw.group >= 0 { note.context = draw.context }
      note.isFlipped = draw.isFlipped
      note.chosenGold = draw.prefersA ? draw.rewardA : draw.rewardB
      note.rejectedGold = draw.prefersA ? draw.rewardB : draw.rewardA
      pairs.append(
        chosen: draw.prefersA ? draw.a : draw.b, rejected: draw.prefersA ? draw.b : draw.a, note)
    }
    self = pairs
  }
}
