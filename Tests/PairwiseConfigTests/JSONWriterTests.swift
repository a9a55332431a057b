import PairwiseConfig
import Testing

@Suite struct JSONWriterTests {
  @Test func writesCompact() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("step")
    writer.value(3)
    writer.key("loss")
    writer.value(0.5)
    writer.key("names")
    writer.beginArray()
    writer.value("a")
    writer.value(true)
    writer.null()
    writer.endArray()
    writer.key("empty")
    writer.beginObject()
    writer.endObject()
    writer.endObject()
    #expect(writer.string == #"{"step":3,"loss":0.5,"names":["a",true,null],"empty":{}}"#)
  }

  @Test func writesPretty() throws {
    var writer = JSONWriter(.pretty)
    writer.write(try JSON.parse(#"{"a":[1,2],"b":{},"c":{"d":[]}}"#))
    #expect(
      writer.string == """
        {
          "a": [
            1,
            2
          ],
          "b": {},
          "c": {
            "d": []
          }
        }
        """)
  }

  @Test func writesLines() {
    var writer = JSONWriter()
    for step in 0..<2 {
      writer.beginArray()
      writer.value(step)
      writer.endArray()
      writer.endLine()
    }
    #expect(writer.string == "[0]\n[1]\n")
    writer.removeAll()
    writer.value(1)
    #expect(writer.string == "1")
  }

  @Test func numbersAreShortestAndReadBack() throws {
    func text(_ write: (inout JSONWriter) -> Void) -> String {
      var writer = JSONWriter()
      write(&writer)
      return writer.string
    }
    #expect(text { $0.value(Float(0.1)) } == "0.1")
    #expect(text { $0.value(Double(Float(0.1))) } == "0.10000000149011612")
    #expect(text { $0.value(1e-5) } == "1e-05")
    #expect(text { $0.value(Int.min) } == "-9223372036854775808")
    #expect(text { $0.value(UInt64.max) } == "18446744073709551615")
    #expect(text { $0.value(Double.nan) } == "null")
    #expect(text { $0.value(-Float.infinity) } == "null")
    var random = SplitMix(seed: 3)
    for _ in 0..<20_000 {
      let double = Double(bitPattern: random.next())
      let float = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      guard double.isFinite, float.isFinite else { continue }
      #expect(try JSON.parse(text { $0.value(double) }).value == .number(double))
      guard case .number(let back) = try JSON.parse(text { $0.value(float) }).value else {
        Issue.record("\(float) did not stay a number")
        return
      }
      #expect(Float(back) == float)
    }
  }

  @Test func stringsAreEscapedAndReadBack() throws {
    var writer = JSONWriter()
    writer.value("a\"\\\n\r\t\u{1}\u{1F}é😀/")
    #expect(writer.string == #""a\"\\\n\r\t\u0001\u001fé😀/""#)
    let everything = String(String.UnicodeScalarView((0..<0x300).compactMap { Unicode.Scalar($0) }))
    var whole = JSONWriter()
    whole.value(everything)
    #expect(try JSON.parse(whole.bytes).value == .string(everything))
  }
}
