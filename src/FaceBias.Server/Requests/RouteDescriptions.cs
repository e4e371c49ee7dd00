using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace FaceBias.Server.Requests;

/// <summary>What the body of a request is.</summary>
internal enum BodyKind
{
    /// <summary>One picture as it is, or several as files of a form.</summary>
    Pictures,

    /// <summary>Tensors of the Open Inference Protocol.</summary>
    Tensors,
}

/// <summary>Describes bodies and refusals. A description alone: the framework's own would refuse requests that name
/// another type, or none.</summary>
internal static class RouteDescriptions
{
    public static RouteHandlerBuilder Problems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
            route.ProducesProblem(status);
        return route;
    }

    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder route, BodyKind kind) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.RequestBody =
                new OpenApiRequestBody { Required = true,
                    Content = kind == BodyKind.Pictures ? Pictures() : Tensors() };
            return Task.CompletedTask;
        });

    private static Dictionary<string, OpenApiMediaType> Pictures() => new()
    {
        ["image/*"] = new() { Schema = Bytes() },
        ["application/octet-stream"] = new() { Schema = Bytes() },
        ["multipart/form-data"] = new()
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = new Dictionary<string, IOpenApiSchema>
                    { ["picture"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Bytes() } },
            },
        },
    };

    private static Dictionary<string, OpenApiMediaType> Tensors() => new()
    {
        ["application/json"] = new() { Schema = Request(), Example = Example() },
        ["application/octet-stream"] = new() { Schema = Bytes() },
    };

    private static OpenApiSchema Request()
    {
        static OpenApiSchema Object(string[] required, params (string Name, OpenApiSchema Schema)[] properties) => new()
        {
            Type = JsonSchemaType.Object, Required = required.ToHashSet(),
            Properties = properties.ToDictionary(p => p.Name, IOpenApiSchema (p) => p.Schema),
        };
        static OpenApiSchema List(OpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };
        static OpenApiSchema Of(JsonSchemaType type) => new() { Type = type };
        var tensor = Object(["name", "shape", "datatype"], ("name", Of(JsonSchemaType.String)),
            ("shape", List(Of(JsonSchemaType.Integer))), ("datatype", Of(JsonSchemaType.String)),
            ("parameters", Of(JsonSchemaType.Object)), ("data", List(new())));
        var output = Object(["name"], ("name", Of(JsonSchemaType.String)), ("parameters", Of(JsonSchemaType.Object)));
        return Object(["inputs"], ("id", Of(JsonSchemaType.String)), ("parameters", Of(JsonSchemaType.Object)),
            ("inputs", List(tensor)), ("outputs", List(output)));
    }

    private static JsonObject Example() => new()
    {
        ["inputs"] = new JsonArray(
            new JsonObject { ["name"] = "image", ["datatype"] = "BYTES", ["shape"] = new JsonArray(1),
                ["data"] = new JsonArray("/9j/4AAQSkZJRg...") }),
    };

    private static OpenApiSchema Bytes() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
