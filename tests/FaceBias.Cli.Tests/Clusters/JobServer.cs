using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FaceBias.Cli.Tests.Clusters;

/// <summary>
/// As much of Kubernetes on loopback as an Indexed Job needs: the API that clients ask, and a controller that runs the
/// container's command for each index on this machine by the Job's own rules for exit codes, as the documentation of
/// Jobs has them (podFailurePolicy, backoffLimitPerIndex).
/// </summary>
internal sealed class JobServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _programs;
    private readonly List<int> _failed = [];
    private JsonNode? _job;
    private Task _work = Task.CompletedTask;

    private JobServer(WebApplication app, string programs) => (_app, _programs) = (app, programs);

    /// <summary>Exit codes of pods by their indexes, in order.</summary>
    public List<(int Index, int Code)> Pods { get; } = [];

    public string Url => _app.Urls.First();

    /// <param name="programs">A folder that comes first on the PATH of containers.</param>
    public static async Task<JobServer> StartAsync(string programs)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new JobServer(builder.Build(), programs);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Writes a file for KUBECONFIG.</summary>
    public string WriteConfiguration(string folder)
    {
        var path = Path.Combine(folder, "kubeconfig");
        File.WriteAllText(path, $"""
            apiVersion: v1
            kind: Config
            clusters: [{"{"}name: c, cluster: {"{"}server: "{Url}"{"}"}{"}"}]
            contexts: [{"{"}name: x, context: {"{"}cluster: c, user: u{"}"}{"}"}]
            users: [{"{"}name: u, user: {"{"}token: t{"}"}{"}"}]
            current-context: x
            """);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        await _work;
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        const string jobs = "/apis/batch/v1/namespaces/default/jobs";
        var path = http.Request.Path.Value!;
        var answer = (http.Request.Method, path) switch
        {
            ("GET", "/api") => """{"kind":"APIVersions","versions":["v1"]}""",
            ("GET", "/apis") => """
                {"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"batch","versions":
                 [{"groupVersion":"batch/v1","version":"v1"}],
                 "preferredVersion":{"groupVersion":"batch/v1","version":"v1"}}]}
                """,
            ("GET", "/api/v1") => """{"kind":"APIResourceList","groupVersion":"v1","resources":[]}""",
            ("GET", "/apis/batch/v1") => """
                {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"batch/v1","resources":
                 [{"name":"jobs","singularName":"job","namespaced":true,"kind":"Job","verbs":["create","get"]}]}
                """,
            ("POST", jobs) when _job is not null =>
                """{"kind":"Status","message":"jobs.batch already exists","code":409}""",
            ("POST", jobs) => await CreateAsync(http.Request),
            ("GET", _) when path.StartsWith(jobs, StringComparison.Ordinal) => Status(),
            _ => """{"kind":"Status","message":"not found","code":404}""",
        };
        http.Response.ContentType = "application/json";
        http.Response.StatusCode = (int?)JsonNode.Parse(answer)!["code"] ?? 200;
        await http.Response.WriteAsync(answer);
    }

    private async Task<string> CreateAsync(HttpRequest request)
    {
        _job = await JsonNode.ParseAsync(request.Body);
        _work = Task.Run(Work);
        return _job!.ToJsonString();
    }

    private string Status()
    {
        var job = _job!.DeepClone();
        lock (_failed)
            job["status"] = _work.IsCompleted ? JsonSerializer.SerializeToNode(new
            {
                conditions = new[] { _failed.Count == 0 ? new { type = "Complete", status = "True", reason = "", message = "" }
                    : new { type = "Failed", status = "True", reason = "FailedIndexes", message = "Job has failed indexes" } },
                failedIndexes = string.Join(',', _failed),
            }) : new JsonObject { ["active"] = 1 };
        return job.ToJsonString();
    }

    private void Work()
    {
        var spec = _job!["spec"]!;
        int[] never = [.. spec["podFailurePolicy"]!["rules"]!.AsArray()
            .Where(r => (string?)r!["action"] == "FailIndex").SelectMany(r => r!["onExitCodes"]!["values"]!.AsArray())
            .Select(v => (int)v!)];
        var container = spec["template"]!["spec"]!["containers"]![0]!;
        string[] command = [.. container["command"]!.AsArray().Select(c => (string)c!)];
        for (var index = 0; index < (int)spec["completions"]!; index++)
            for (var tries = 0; ; tries++)
            {
                var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true,
                    RedirectStandardOutput = true };
                foreach (var variable in container["env"]!.AsArray())
                    start.Environment[(string)variable!["name"]!] = (string?)variable["value"];
                start.Environment["JOB_COMPLETION_INDEX"] = $"{index}";
                start.Environment["PATH"] = $"{_programs}:{start.Environment["PATH"]}";
                using var pod = Process.Start(start)!;
                var error = pod.StandardError.ReadToEndAsync();
                pod.StandardOutput.ReadToEnd();
                pod.WaitForExit();
                _ = error.Result;
                Pods.Add((index, pod.ExitCode));
                if (pod.ExitCode == 0)
                    break;
                if (!never.Contains(pod.ExitCode) && tries < (int)spec["backoffLimitPerIndex"]!)
                    continue;
                lock (_failed)
                    _failed.Add(index);
                break;
            }
    }
}
