import PairwiseConfig
import Testing

@Suite struct ConfigSchemaTests {
  @Test func schemaHasEveryKeyRangeAndDefault() throws {
    var writer = JSONWriter(.pretty)
    writer.write(ConfigReader.schema(SampleConfig.self, title: "Sample"))
    #expect(
      writer.string.hasPrefix(
        """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "Sample",
          "type": "object",
          "properties": {
            "run": {
              "description": "The run.",
              "type": "object",
              "properties": {
                "name": {
                  "description": "Folder of the run.",
                  "type": "string",
                  "minLength": 1
                },
                "seed": {
                  "description": "Seed of every random number.",
                  "type": "integer",
                  "minimum": 0,
                  "default": 0
                },
                "tags": {
                  "description": "Free words.",
                  "type": "array",
                  "items": {
                    "type": "string"
                  },
                  "default": []
                }
              },
              "required": [
                "name"
              ],
              "additionalProperties": false
            },
        """))
  }

  @Test func variantsBecomeOneOf() throws {
    let schema = ConfigReader.schema(SampleConfig.self, title: "Sample")
    var writer = JSONWriter()
    writer.write(try #require(schema["properties"]?["objective"]))
    #expect(
      writer.string == #"{"description":"The loss.","oneOf":["#
        + #"{"title":"dpo","description":"Direct preference optimization.","type":"object","#
        + #""properties":{"name":{"enum":["dpo","sigmoid"]},"beta":{"description":"Inverse temperature.","#
        + #""type":"number","exclusiveMinimum":0.0,"default":0.1}},"required":["name"],"#
        + #""additionalProperties":false},"#
        + #"{"title":"robust_dpo","description":"For flipped labels.","type":"object","#
        + #""properties":{"name":{"const":"robust_dpo"},"beta":{"description":"As in dpo.","#
        + #""type":"number","exclusiveMinimum":0.0,"default":0.1},"label_smoothing":{"#
        + #""description":"Rate of flips.","type":"number","minimum":0.0,"exclusiveMaximum":0.5}},"#
        + #""required":["name","label_smoothing"],"additionalProperties":false}]}"#)
    #expect(schema["required"]?.value == .list([node("run"), node("objective")]))
  }

  @Test func optionalChoiceAndListKeywords() throws {
    let schema = ConfigReader.schema(SampleConfig.self, title: "Sample")
    let optimizer = try #require(schema["properties"]?["optimizer"]?["properties"])
    var writer = JSONWriter()
    writer.write(optimizer)
    #expect(
      writer.string
        == #"{"name":{"description":"The rule.","type":"string","enum":["adamw","sgd"],"default":"adamw"},"#
        + #""learning_rate":{"description":"Step size at the peak.","type":"number","exclusiveMinimum":0.0,"default":0.001},"#
        + #""betas":{"description":"Decay rates.","type":"array","items":{"type":"number","minimum":0.0,"exclusiveMaximum":1.0},"minItems":2,"maxItems":2,"default":[0.9,0.999]},"#
        + #""max_grad_norm":{"description":"Clips the global norm.","anyOf":[{"type":"number","exclusiveMinimum":0.0},{"type":"null"}],"default":null}}"#
    )
  }

  @Test func keysDescribeThemselves() throws {
    let keys = ConfigReader.keys(of: SampleConfig.objectives[1], discriminator: "name")
    #expect(keys.map(\.key) == ["beta", "label_smoothing"])
    #expect(keys.map(\.allowed) == ["a number > 0", "a number in 0 ..< 0.5"])
    #expect(keys.map(\.isRequired) == [false, true])
    #expect(keys[0].defaultValue?.value == .number(0.1))
  }

  private func node(_ text: String) -> ConfigNode { ConfigNode(.string(text)) }
}
