using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceBias.Server.Http;
using FaceBias.Server.Inference;
using FaceBias.Server.Models;
using FaceBias.Server.Monitoring;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace FaceBias.Server.Hosting;

/// <summary>A model as a service; docs/how-to/serve.md shows how, docs/reference/serving.md lists the routes.</summary>
public sealed class FaceBiasServer : IAsyncDisposable
{
    /// <summary>Bytes that uploads in progress may hold together.</summary>
    private const long UploadBytes = 512L << 20;

    private static readonly TimeSpan s_headers = TimeSpan.FromSeconds(10), s_shutdown = TimeSpan.FromSeconds(25);

    private readonly WebApplication _app;

    private FaceBiasServer(WebApplication app) => _app = app;

    /// <summary>Where it listens, once it has been started.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Loads the model, listens, and returns when requests are taken.</summary>
    /// <param name="options">What is served, where, and within which limits.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="FaceBiasException">The model cannot be loaded, an option is out of its range, or the port is in
    /// use.</exception>
    public static async Task<FaceBiasServer> StartAsync(ServeOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var app = Build(options);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new(app);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new FaceBiasException(
                $"Port {options.Port} of {options.Host} is in use; stop the program that has it, or choose another ‹Port›.", e,
                ErrorKind.Busy);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new FaceBiasException(
                $"{options.Host}:{options.Port} cannot be listened on: {e.Message.TrimEnd('.')}; choose another "
                    + "‹Host› or ‹Port›.", e);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Serves until it is cancelled; then takes no more connections and answers what it has
    /// accepted.</summary>
    /// <param name="options">What is served, where, and within which limits.</param>
    /// <param name="started">Is told where it listens.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task RunAsync(ServeOptions options, Action<Uri>? started = null,
        CancellationToken cancellationToken = default)
    {
        await using var server = await StartAsync(options, cancellationToken).ConfigureAwait(false);
        started?.Invoke(server.Address);
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await server.StopAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Takes no more connections and answers what was accepted, for at most 25 seconds.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static WebApplication Build(ServeOptions options)
    {
        // An empty one: no settings files and no environment variables change where it listens.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("OpenTelemetry", LogLevel.Warning)
            .AddSimpleConsole(
                console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) =
                    (true, "yyyy-MM-ddTHH:mm:ssZ ", true));
        var services = builder.Services;
        services.AddRoutingCore();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = s_shutdown);
        // Signals are the caller's business.
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddHostFiltering(
            filter => filter.AllowedHosts = Loopback(options.Host) ? ["localhost", "127.0.0.1", "[::1]"] : ["*"]);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddOpenApi("v1", openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "FaceBias";
            document.Info.Version = typeof(FaceBiasServer).Assembly.GetName().Version!.ToString(3);
            document.Info.Description =
                "Predictions of one model for pictures. Labels of people are perceived attributes.";
            return Task.CompletedTask;
        }));
        var metrics = new ServerMetrics();
        services.AddSingleton(_ => metrics);
        services.AddSingleton(options);
        services.AddSingleton<ModelHost>();
        services.AddHostedService(s => s.GetRequiredService<ModelHost>());
        services.AddOpenTelemetry().ConfigureResource(r => r.AddService("facebias")).WithMetrics(m => Measure(m));
        var key = ServiceKey.Of(options);
        var app = builder.Build();
        // Now: a service without its model does not start.
        try
        {
            var host = app.Services.GetRequiredService<ModelHost>();
            Map(app, host, options, key);
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }
        if (!Loopback(options.Host) && !key.IsNeeded)
            app.Logger.LogWarning(
                "{Host} can be reached from other machines and no key is asked for; name one by ‹ApiKeyFile›.".Named(),
                options.Host);
        return app;
    }

    private static void Measure(MeterProviderBuilder metrics)
    {
        metrics.AddMeter(ServerMetrics.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
            "System.Runtime").AddPrometheusExporter();
        // As the specification of OpenTelemetry has it: the address of a collector is in the environment.
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 })
            metrics.AddOtlpExporter();
    }

    private static void Configure(KestrelServerOptions kestrel, ServeOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = s_headers;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        if (IPAddress.TryParse(options.Host, out var address))
            kestrel.Listen(address, options.Port);
        else if (options.Host == "localhost" && options.Port > 0)
            kestrel.ListenLocalhost(options.Port);
        else if (options.Host == "localhost")
            kestrel.Listen(IPAddress.Loopback, 0);
        else
            throw new FaceBiasException(
                $"‹Host› must be an IP address such as 127.0.0.1 or 0.0.0.0, or localhost, not '{options.Host}'.");
    }

    private static void Map(WebApplication app, ModelHost host, ServeOptions options, ServiceKey key)
    {
        var budget = new UploadBudget(UploadBytes);
        app.UseHostFiltering();
        app.UseMiddleware<ProblemMiddleware>();
        app.Use(async (http, next) => await key.Guard(http, _ => next(http)).ConfigureAwait(false));
        // HEAD is answered as GET; Kestrel leaves the body out.
        app.Use((http, next) =>
        {
            if (HttpMethods.IsHead(http.Request.Method))
                http.Request.Method = HttpMethods.Get;
            return next(http);
        });
        app.UseRouting();
        var stopping = app.Lifetime.ApplicationStopping;

        app.MapGet("/", () => Page("index.html", "text/html; charset=utf-8")).ExcludeFromDescription();
        app.MapGet("/page.css", () => Page("page.css", "text/css; charset=utf-8")).ExcludeFromDescription();
        app.MapGet("/page.js", () => Page("page.js", "text/javascript; charset=utf-8")).ExcludeFromDescription();
        app.MapPost("/predict",
            Task<PredictResponse> (HttpContext http, CancellationToken _) =>
                PredictRoute.Answer(http, host, options, budget))
            .Takes(BodyKind.Pictures).Produces<PredictResponse>().Problems(400, 413, 415, 422, 429, 501, 504)
            .WithTags("Pictures").WithSummary("Predicts for one picture (the body) or several (files of a form).");
        var explain = new ExplainRoute(host, options, budget);
        app.Lifetime.ApplicationStopped.Register(explain.Dispose);
        app.MapPost("/explain",
            Task<ExplainResponse> (HttpContext http, string? target, [FromQuery(Name = "class")] string? label,
                string? method, double? window, int? samples) =>
                explain.Answer(http, target, label, method, window, samples))
            .Takes(BodyKind.Pictures).Produces<ExplainResponse>().Problems(400, 413, 415, 422, 429, 501, 504)
            .WithTags("Pictures").WithSummary("Which parts of a picture an answer comes from.");
        app.MapGet("/model", () => ModelRoutes.Model(host)).WithTags("Model")
            .WithSummary("What is served: metadata, card, and for whom it is known to fail.");
        app.MapGet("/model/card", () => ModelRoutes.Card(host)).Produces<string>(200, "text/markdown").Problems(404)
            .WithTags("Model").WithSummary("The model card.");
        app.MapGet("/model/onnx", () => ModelRoutes.Onnx(host, options)).Produces(200,
            contentType: "application/octet-stream").Problems(403).WithTags("Model")
            .WithSummary("The model's file, where the service hands it out.");
        app.MapGet("/watch", () => ModelRoutes.Watch(host, options)).WithTags("Watch")
            .WithSummary("Shares of what is predicted, and where they depart from the reference.");
        app.MapGet("/health/live", () => Results.Text("live")).WithTags("Health")
            .WithSummary("Whether the service runs.");
        app.MapGet("/health/ready", () => stopping.IsCancellationRequested
            ? throw new RequestProblem(StatusCodes.Status503ServiceUnavailable, "The service is ending.")
            : Results.Text("ready")).Problems(503).WithTags("Health").WithSummary(
                "Whether the service takes requests.");
        InferenceRoutes.Map(app, host, options, budget);
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapOpenApi("/openapi.json");
    }

    private static IResult Page(string name, string type)
    {
        using var stream = typeof(FaceBiasServer).Assembly.GetManifestResourceStream("page/" + name)!;
        using var reader = new StreamReader(stream);
        return new PageResult(reader.ReadToEnd(), type);
    }

    private static bool Loopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>A part of the page, which asks for nothing from elsewhere.</summary>
    private sealed class PageResult(string text, string type) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var headers = httpContext.Response.Headers;
            headers.ContentSecurityPolicy =
                "default-src 'none'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src "
                    + "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            httpContext.Response.ContentType = type;
            return httpContext.Response.WriteAsync(text);
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
