using FaceBias.Core.Heads.Model;
using FaceBias.Server.Models;
using FaceBias.Server.Monitoring;

namespace FaceBias.Server.Http;

/// <summary>The answer of GET /model.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Sha256">SHA-256 of its file.</param>
/// <param name="Metadata">What it says about itself; null of a model that facebias did not train.</param>
/// <param name="Card">Its card in Markdown; null where none lies beside it.</param>
/// <param name="Findings">What its audit found, shown gaps first.</param>
/// <param name="Audited">Rows that were audited; null where there is no audit.</param>
/// <param name="Refused">Why the file that lies there now is not the one that is served; null where it is.</param>
internal sealed record ModelResponse(
    string Name, string Sha256, long Bytes, DateTimeOffset Loaded, ModelMetadata? Metadata, string? Card,
    IReadOnlyList<ModelFinding> Findings, int? Audited, string? Refused);

/// <summary>The answer of GET /watch.</summary>
/// <param name="Note">What shares are compared with, in a sentence.</param>
/// <param name="FalseAlarmRate">Probability of an alarm in a window in which nothing has changed.</param>
/// <param name="Minutes">What was counted minute by minute, in the order of the shares, the last day long.</param>
internal sealed record WatchResponse(string Note, double FalseAlarmRate, int Window, long Windows,
    IReadOnlyList<ShareState> Shares, IReadOnlyList<SharePeriod> Minutes);

/// <summary>GET /model, /model/card, /model/onnx and /watch.</summary>
internal static class ModelRoutes
{
    public static ModelResponse Model(ModelHost host)
    {
        using var lease = host.Lease();
        var m = lease.Model;
        return new(m.Name, m.Sha256, m.Bytes, m.Loaded, m.Metadata, m.Papers.Card, m.Papers.Findings, m.Papers.Audited,
            host.Refused);
    }

    public static IResult Card(ModelHost host)
    {
        using var lease = host.Lease();
        return lease.Model.Papers.Card is { } card ? Results.Text(card, "text/markdown; charset=utf-8")
            : throw new RequestProblem(StatusCodes.Status404NotFound, "No MODEL_CARD.md lies beside the model.");
    }

    public static IResult Onnx(ModelHost host, ServeOptions options)
    {
        if (!options.Download)
            throw new RequestProblem(StatusCodes.Status403Forbidden,
                "The model's file is not handed out; the service must be started with ‹Download›.".Named());
        using var lease = host.Lease();
        return Results.File(Path.GetFullPath(lease.Model.Path), "application/octet-stream", lease.Model.Name + ".onnx");
    }

    public static WatchResponse Watch(ModelHost host, ServeOptions options)
    {
        using var lease = host.Lease();
        var watch = lease.Model.Watch;
        return new(lease.Model.WatchNote, options.FalseAlarmRate, options.AlarmWindow, watch.Windows, watch.States(),
            watch.Periods());
    }
}
