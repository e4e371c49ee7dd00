using System.Diagnostics;
using System.Text.Json;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Storage;

namespace FaceBias.Workflows.Plans;

/// <summary>Who computes what, so that two workers do not compute the same: an object that the first one makes and
/// renews as long as it works. Whose process is gone from its machine, or whose claim was not renewed while it was
/// watched, has lost it. Nobody's clock is compared with another's.</summary>
internal sealed class ShardClaim : IDisposable
{
    /// <summary>Where claims lie.</summary>
    public const string Folder = "claims/";

    private readonly IObjectStore _store;
    private readonly string _name;
    private readonly Timer _timer;
    private readonly Lock _gate = new();
    private Content _content;
    private bool _ended;

    private ShardClaim(IObjectStore store, string name, Content content)
    {
        (_store, _name, _content) = (store, name, content);
        _timer = new(_ => Renew(), null, Beat, Beat);
    }

    /// <summary>Renewals that may fail to come before a claim is lost; more where its process is known to run, as a
    /// machine with too much work is late.</summary>
    private const int Missed = 4, MissedHere = 12;

    /// <summary>Time between two renewals.</summary>
    public static TimeSpan Beat { get; set; } = TimeSpan.FromSeconds(5);

    private sealed record Content(string Owner, string Host, int Process, long Started, long Beats);

    /// <summary>The object of a claim.</summary>
    public static string Name(string what) => $"{Folder}{what}.json";

    /// <summary>Claims something.</summary>
    /// <param name="store">The plan's folder.</param>
    /// <param name="what">A shard's number, or "merge".</param>
    /// <param name="wait">Whether to watch another's claim, so as to find out whether it is renewed.</param>
    /// <param name="holder">Who has it, where the result is null.</param>
    /// <returns>Null where another has it.</returns>
    public static ShardClaim? Take(IObjectStore store, string what, bool wait, out string holder,
        CancellationToken cancel)
    {
        var name = Name(what);
        using var self = Process.GetCurrentProcess();
        var own = new Content(Guid.NewGuid().ToString("N"), Environment.MachineName, self.Id,
            self.StartTime.ToUniversalTime().Ticks, 0);
        var clock = Stopwatch.StartNew();
        Content? watched = null;
        for (holder = ""; ; cancel.WaitHandle.WaitOne(Beat / 4))
        {
            cancel.ThrowIfCancellationRequested();
            if (store.WriteNew(name, s => Write(s, own), cancel))
                return new(store, name, own);
            if (Read(store, name, cancel) is not { } other)
                continue;
            holder = string.Create(CultureInfo.InvariantCulture, $"process {other.Process} on {other.Host}");
            if (IsGone(other) || clock.Elapsed > Patience(other))
            {
                // Another who saw the same may have taken it in between.
                if (Read(store, name, cancel) == other)
                    store.Delete(name, cancel);
            }
            else if (!wait || watched is not null && watched != other)
                return null;
            else
                watched = other;
        }
    }

    /// <summary>A claim as it is now, to compare with later, and for how long it may stay the same; none where nobody
    /// has it or its process is gone.</summary>
    public static (object? Claim, TimeSpan Patience) Peek(IObjectStore store, string what, CancellationToken cancel) =>
        Read(store, Name(what), cancel) is { } other && !IsGone(other) ? (other, Patience(other))
            : (null, Missed * Beat);

    private static TimeSpan Patience(Content other) =>
        (other.Host == Environment.MachineName ? MissedHere : Missed) * Beat;

    /// <summary>Whether it is still this worker's, and nobody has taken it over.</summary>
    public bool IsHeld(CancellationToken cancel) => Read(_store, _name, cancel)?.Owner == _content.Owner;

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _ended = true;
            try
            {
                if (IsHeld(CancellationToken.None))
                    _store.Delete(_name, CancellationToken.None);
            }
            catch (FaceBiasException)
            {
                // The storage is away; the claim is not renewed, and so lost.
            }
        }
    }

    private void Renew()
    {
        lock (_gate)
        {
            try
            {
                if (_ended || !IsHeld(CancellationToken.None))
                    return;
                _content = _content with { Beats = _content.Beats + 1 };
                _store.Write(_name, s => Write(s, _content), CancellationToken.None);
            }
            catch (FaceBiasException)
            {
                // The next time may do; if none does, another worker takes over.
            }
        }
    }

    /// <summary>Whether a process of this machine has ended.</summary>
    private static bool IsGone(Content other)
    {
        if (other.Host != Environment.MachineName)
            return false;
        try
        {
            using var process = Process.GetProcessById(other.Process);
            // It is computed from the time since the machine's start, and varies by some hundredths of a second.
            return Math.Abs(process.StartTime.ToUniversalTime().Ticks - other.Started) > TimeSpan.TicksPerSecond * 2;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException
            or System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }

    private static void Write(Stream stream, Content content) =>
        ShardPlan.WriteText(stream, JsonSerializer.Serialize(content, CoreJson.Compact));

    private static Content? Read(IObjectStore store, string name, CancellationToken cancel)
    {
        try
        {
            return store.Stat(name, cancel) is null ? null
                : JsonSerializer.Deserialize<Content>(ShardPlan.ReadText(store, name, cancel), CoreJson.Compact);
        }
        catch (FaceBiasException e) when (e.Kind == ErrorKind.Missing)
        {
            return null;
        }
        catch (JsonException)
        {
            return new("", "", 0, 0, 0);
        }
    }
}
