using System.Text.Json;
using System.Text.Json.Serialization;

namespace FaceBias.Primitives.Json;

/// <summary>Writes a value as the text that it is parsed from.</summary>
internal sealed class TextConverter<T>(Func<string, T> parse) : JsonConverter<T> where T : class
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        parse(reader.GetString() ?? throw new JsonException());

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"{value}");
}
