extension Variable {
  /// `body(self)`, evaluated now without recording and again, recording, when a gradient arrives: trades
  /// arithmetic for memory, with the same bits.
  ///
  /// `body` must give the same value both times. It gets no tape the first time and one to take its
  /// parameters from the second time; it may not use variables of the tape around it, but `x`.
  /// - Parameter tape: the tape around it, needed only where `self` is a constant and the parameters
  ///   inside are not.
  public func recomputing(
    on tape: Tape? = nil, _ body: @escaping (_ x: Variable, _ tape: Tape?) -> Variable
  ) -> Variable {
    let (x, input) = (value, handle)
    let y = body(Variable(constant: x), nil)
    precondition(!y.isDifferentiable, "recomputing: the body uses a variable from outside")
    guard let around = self.tape ?? tape else { return y }
    return around.record(y.value) { dy, cotangents in
      let inside = Tape()
      let start = cotangents.wants(input) ? inside.variable(x) : Variable(constant: x)
      let end = body(start, inside)
      cotangents.sweep(inside, from: end, gradient: dy, start: start, input: input)
    }
  }
}
