using FaceBias.MLNet;

namespace FaceBias.Samples.Web;

/// <summary>The service: a page at /, POST /predict with a picture as body, /model, /card and /health.</summary>
public static class FaceWeb
{
    /// <summary>Builds it.</summary>
    /// <param name="args">--model FILE, and --MaxUploadBytes, --MaxPixels, --urls and so on.</param>
    /// <exception cref="FaceBiasException">There is no such model.</exception>
    public static WebApplication Create(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var limits = builder.Configuration.Get<WebLimits>() ?? new();
        if (limits.Model.Length == 0)
            throw new FaceBiasException("Name the model: --model runs/first/model.onnx.");
        builder.WebHost.ConfigureKestrel(o => o.Limits.MaxRequestBodySize = limits.MaxUploadBytes);
        builder.Services.AddFacePredictionEnginePool(limits.Model);
        builder.Services.AddHealthChecks().AddCheck<ModelHealth>("model");
        var app = builder.Build();

        var page = Page();
        var card = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(limits.Model))!, "MODEL_CARD.md");
        app.MapGet("/", () => Results.Content(page, "text/html; charset=utf-8"));
        app.MapGet("/model", (FacePredictionEnginePool pool) => pool.Model);
        app.MapGet("/card", () => File.Exists(card) ? Results.File(card, "text/markdown; charset=utf-8") : Results.NotFound());
        app.MapHealthChecks("/health");
        app.MapPost("/predict", (HttpContext http, FacePredictionEnginePool pool) => Predict(http, pool, limits));
        return app;
    }

    private static async Task<IResult> Predict(HttpContext http, FacePredictionEnginePool pool, WebLimits limits)
    {
        byte[] picture;
        try
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            picture = body.ToArray();
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // The rest of the body is not read: the connection ends with the answer.
            http.Response.Headers.Connection = "close";
            return Problem($"The upload is larger than {limits.MaxUploadBytes:N0} bytes.", StatusCodes.Status413PayloadTooLarge);
        }
        try
        {
            return Results.Json((await pool.PredictAsync(picture, limits.MaxPixels, http.RequestAborted)).Values.Select(p => new
            {
                target = p.Target.Name,
                label = p.Label,
                value = p.Value,
                uncertainty = p.Uncertainty,
                classes = p.Target.Classes.Zip(p.Values, (name, probability) => new { name, probability }),
            }));
        }
        catch (FaceBiasException e)
        {
            return Problem(e.Message, StatusCodes.Status400BadRequest);
        }
    }

    private static IResult Problem(string sentence, int status) => Results.Json(new { error = sentence }, statusCode: status);

    private static string Page()
    {
        using var reader = new StreamReader(typeof(FaceWeb).Assembly.GetManifestResourceStream("index.html")!);
        return reader.ReadToEnd();
    }
}
