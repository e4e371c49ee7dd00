using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using k8s.Models;

namespace FaceBias.Clusters;

/// <summary>An Indexed Job of Kubernetes. An index that fails is tried again by itself (backoffLimitPerIndex, 1.29 and
/// later); 42 gives it up at once; a pod that the cluster takes away does not count.</summary>
internal sealed partial class KubernetesJob : ICluster
{
    private const string Container = "facebias";
    private readonly V1Job _job;
    private IKubernetes? _client;

    /// <summary>Makes the Job.</summary>
    /// <exception cref="FaceBiasException">An option is missing or wrong.</exception>
    public KubernetesJob(ShardWork work, SubmitOptions options)
    {
        var image = options.Image ?? throw new FaceBiasException(
            "Kubernetes needs a container; give its name by ‹Image›, such as registry.example.com/facebias:1.");
        if (!NamespaceName().IsMatch(options.Namespace))
            throw new FaceBiasException($"‹Namespace› '{options.Namespace}' cannot be one; use lower-case letters, digits "
                + "and '-'.");
        var volumes = options.Volumes.Select((text, i) => text.Split('=', 2) is [{ Length: > 0 } claim, ['/', ..] path]
            ? (Name: $"volume-{i}", Claim: claim, Path: path)
            : throw new FaceBiasException($"‹Volumes› '{text}' is not CLAIM=PATH with a full path, such as "
                + "data=/mnt/data.")).ToArray();
        var script = "set -u\n"
            + work.Loop("$JOB_COMPLETION_INDEX", $"dotnet /app/facebias.dll run {ShardWork.Word(work.Url)} --shard", "")
            + "\nexit \"$result\"";
        var resources = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = new(options.Cpus.ToString(CultureInfo.InvariantCulture)),
            ["memory"] = new($"{options.Memory}Mi"),
        };
        var labels = new Dictionary<string, string>
        {
            ["app.kubernetes.io/name"] = "facebias", ["facebias/plan"] = work.Hash[..16],
        };
        _job = new V1Job
        {
            ApiVersion = "batch/v1", Kind = "Job",
            Metadata = new() { Name = work.Name, NamespaceProperty = options.Namespace, Labels = labels },
            Spec = new()
            {
                CompletionMode = "Indexed", Completions = work.Tasks, Parallelism = Math.Min(options.Parallel, work.Tasks),
                BackoffLimitPerIndex = options.Retries, MaxFailedIndexes = work.Tasks, BackoffLimit = int.MaxValue,
                PodFailurePolicy = new()
                {
                    Rules =
                    [
                        new() { Action = "FailIndex", OnExitCodes = new()
                            { ContainerName = Container, OperatorProperty = "In", Values = [42] } },
                        new() { Action = "Ignore", OnPodConditions =
                            [new() { Type = "DisruptionTarget", Status = "True" }] },
                    ],
                },
                Template = new()
                {
                    Metadata = new() { Labels = labels },
                    Spec = new()
                    {
                        RestartPolicy = "Never", ServiceAccountName = options.ServiceAccount,
                        AutomountServiceAccountToken = options.ServiceAccount is not null ? null : false,
                        Containers =
                        [
                            new()
                            {
                                Name = Container, Image = image, Command = ["/bin/sh", "-c", script],
                                Resources = new() { Requests = resources, Limits = resources },
                                Env = [new() { Name = "FACEBIAS_HOME", Value = "/tmp/facebias" }],
                                EnvFrom = Some(options.Secrets.Select(s => new V1EnvFromSource
                                    { SecretRef = new() { Name = s } })),
                                VolumeMounts = Some(volumes.Select(v => new V1VolumeMount
                                    { Name = v.Name, MountPath = v.Path })),
                            },
                        ],
                        Volumes = Some(volumes.Select(v => new V1Volume
                            { Name = v.Name, PersistentVolumeClaim = new() { ClaimName = v.Claim } })),
                    },
                },
            },
        };
    }

    public string Text => KubernetesYaml.Serialize(_job);

    private IKubernetes Client => _client ??= new Kubernetes(KubernetesClientConfiguration.BuildDefaultConfig());

    public string Submit(CancellationToken cancel) => Try(() =>
    {
        Client.BatchV1.CreateNamespacedJobAsync(_job, _job.Namespace(), cancellationToken: cancel)
            .GetAwaiter().GetResult();
        return $"Job {_job.Name()} in namespace {_job.Namespace()}; "
            + $"'kubectl logs -n {_job.Namespace()} -l job-name={_job.Name()} --prefix' shows its logs";
    });

    public JobProgress Look(CancellationToken cancel) => Try(() =>
    {
        var status = Client.BatchV1
            .ReadNamespacedJobStatusAsync(_job.Name(), _job.Namespace(), cancellationToken: cancel)
            .GetAwaiter().GetResult().Status;
        var end = status?.Conditions?.FirstOrDefault(c => c.Type is "Complete" or "Failed" && c.Status == "True");
        return new JobProgress(end is null, end?.Type == "Failed"
            ? $"Kubernetes says {end.Reason}: {end.Message?.TrimEnd('.')}{(status!.FailedIndexes is { } f ? $" ({f})" : "")}"
            : null);
    });

    private T Try<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            throw new FaceBiasException($"There is a Job '{_job.Name()}' in '{_job.Namespace()}' already; delete it with "
                + $"'kubectl delete job -n {_job.Namespace()} {_job.Name()}' to submit the plan again.", e);
        }
        catch (HttpOperationException e)
        {
            throw new FaceBiasException($"Kubernetes refuses the Job: {Message(e)}.", e,
                (int)e.Response.StatusCode is 429 or >= 500 ? ErrorKind.Busy : ErrorKind.BadInput);
        }
        catch (HttpRequestException e)
        {
            throw new FaceBiasException($"Kubernetes does not answer: {e.Message.TrimEnd('.')}; check 'kubectl cluster-info'.",
                e, ErrorKind.Busy);
        }
        catch (KubeConfigException e)
        {
            throw new FaceBiasException($"Kubernetes cannot be found: {e.Message.TrimEnd('.')}; set KUBECONFIG.", e);
        }
    }

    private static string Message(HttpOperationException e)
    {
        try
        {
            using var answer = JsonDocument.Parse(e.Response.Content ?? "");
            return answer.RootElement.GetProperty("message").GetString()!.TrimEnd('.');
        }
        catch (Exception parse) when (parse is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return e.Response.StatusCode.ToString();
        }
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex NamespaceName();

    private static List<T>? Some<T>(IEnumerable<T> items) => items.ToList() is { Count: > 0 } list ? list : null;
}
