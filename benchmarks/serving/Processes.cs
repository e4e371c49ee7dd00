using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FaceBias.Benchmarks.Serving;

/// <summary>The command and the plain endpoint as processes of their own.</summary>
internal static class Processes
{
    private static readonly string s_here = AppContext.BaseDirectory;

    /// <summary>Seconds that <c>facebias predict</c> takes for a folder, its start included: by the clock and of the
    /// processor.</summary>
    public static (double Clock, double Processor) Predict(string model, string folder, string table)
    {
        var watch = Stopwatch.StartNew();
        using var process = Start(Path.Combine(s_here, "facebias.dll"), "predict", "--model", model, "--images", folder,
            "--out", table);
        // Its time cannot be asked for once it has ended.
        var processor = 0.0;
        while (!process.WaitForExit(10))
        {
            process.Refresh();
            processor = ProcessorSeconds(process) ?? processor;
        }
        return process.ExitCode == 0 ? (watch.Elapsed.TotalSeconds, processor)
            : throw new InvalidOperationException("facebias predict failed.");
    }

    public static Task<Served> Serve(string model, params string[] more)
    {
        var port = FreePort();
        return Served.When(
            Start(Path.Combine(s_here, "facebias.dll"), ["serve", "--model", model, "--port", $"{port}", .. more]),
            port);
    }

    public static Task<Served> Plain(string model)
    {
        var port = FreePort();
        return Served.When(Start(Path.Combine(s_here, "serving.dll"), "plain", model, $"{port}"), port);
    }

    private static double? ProcessorSeconds(Process process)
    {
        try
        {
            return process.TotalProcessorTime.TotalSeconds;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A running service.</summary>
internal sealed class Served : IDisposable
{
    private readonly Process _process;

    private Served(Process process, int port)
    {
        (_process, Port) = (process, port);
        Client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1024 })
            { BaseAddress = new($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(120) };
        // A pipe that nobody reads stops who writes.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Port { get; }
    public HttpClient Client { get; }
    public bool Lives => !_process.HasExited;

    /// <summary>Seconds of the processor that it has taken.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Resident memory in MB.</summary>
    public double Megabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    public static async Task<Served> When(Process process, int port)
    {
        var served = new Served(process, port);
        for (var i = 0; i < 600 && served.Lives; i++)
        {
            try
            {
                using var answer = await served.Client.GetAsync(new Uri("health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                    return served;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100);
            }
        }
        throw new InvalidOperationException("The service did not start.");
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
