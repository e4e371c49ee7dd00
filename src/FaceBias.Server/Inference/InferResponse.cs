using FaceBias.Server.Tensors;
using System.Buffers;
using System.Text.Json;

namespace FaceBias.Server.Inference;

/// <summary>An answer of the Open Inference Protocol.</summary>
internal sealed record InferResponse(string Model, string Version, string? Id, IReadOnlyList<InferTensor> Outputs)
{
    /// <summary>Writes it, with the tensors in JSON, or behind it where the request wants them so.</summary>
    public async Task WriteAsync(HttpResponse response, InferRequest request)
    {
        var behind = new List<InferTensor>();
        var header = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteString("model_name", Model);
            json.WriteString("model_version", Version);
            if (Id is not null)
                json.WriteString("id", Id);
            json.WriteStartArray("outputs");
            foreach (var output in Outputs)
            {
                json.WriteStartObject();
                json.WriteString("name", output.Name);
                json.WriteString("datatype", output.Type.Name);
                json.WriteStartArray("shape");
                foreach (var d in output.Shape)
                    json.WriteNumberValue(d);
                json.WriteEndArray();
                if (request.Outputs?.FirstOrDefault(o => o.Name == output.Name)?.Binary ?? request.Binary)
                {
                    json.WriteStartObject("parameters");
                    json.WriteNumber("binary_data_size", output.Raw.Length);
                    json.WriteEndObject();
                    behind.Add(output);
                }
                else
                {
                    json.WritePropertyName("data");
                    TensorJson.Write(json, output);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        response.ContentType = behind.Count > 0 ? "application/octet-stream" : "application/json";
        if (behind.Count > 0)
            response.Headers[InferRequest.HeaderLength] = header.WrittenCount.ToString(CultureInfo.InvariantCulture);
        response.ContentLength = header.WrittenCount + behind.Sum(b => (long)b.Raw.Length);
        await response.Body.WriteAsync(header.WrittenMemory).ConfigureAwait(false);
        foreach (var output in behind)
            await response.Body.WriteAsync(output.Raw).ConfigureAwait(false);
    }
}
