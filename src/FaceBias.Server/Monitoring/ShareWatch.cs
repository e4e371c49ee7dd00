using System.Diagnostics.Metrics;

namespace FaceBias.Server.Monitoring;

/// <summary>A share of the predictions that is watched: those of a class, the uncertain ones, the abstentions, those
/// unlike the training pictures.</summary>
/// <param name="Target">Of which target; empty for pictures as such.</param>
/// <param name="Stream">What is counted: <c>class:female</c>, <c>uncertain</c>, <c>abstained</c>,
/// <c>out_of_distribution</c>.</param>
internal readonly record struct ShareName(string Target, string Stream);

/// <summary>How a share is now.</summary>
/// <param name="Target">Of which target; empty for pictures as such.</param>
/// <param name="Share">Its share in the window; null before the first prediction.</param>
/// <param name="Reference">The expected share; null where nothing is known.</param>
/// <param name="Evidence">The e-value against both being one share; null without a reference.</param>
/// <param name="AlarmAt">Number of the window's prediction at which the alarm was raised; null without one.</param>
internal sealed record ShareState(
    string Target, string Stream, double? Share, long Rows, double? Reference, long ReferenceRows, double? Evidence,
    long? AlarmAt);

/// <summary>Counts what is predicted, in windows, and raises an alarm where a share departs from that of the reference.
/// Of all streams together, a window without a change raises one with at most the stated probability: the level is
/// divided among them.</summary>
internal sealed class ShareWatch
{
    private const int KeptPeriods = 24 * 60;

    private readonly Lock _gate = new();
    private readonly Entry[] _entries;
    private readonly Dictionary<ShareName, int> _places;
    private readonly double _logLevel;
    private readonly int _window;
    private readonly Action<ShareState> _alarm;
    private readonly Queue<SharePeriod> _periods = new();
    private DateTime _minute;

    /// <summary>Watches some shares.</summary>
    /// <param name="shares">Which, each with its reference where there is one.</param>
    /// <param name="rate">Probability of an alarm by chance in a window; 0 for no alarms.</param>
    public ShareWatch(IReadOnlyList<(ShareName Name, ShareTest? Test)> shares, double rate, int window,
        Action<ShareState> alarm)
    {
        _entries = [.. shares.Select(s => new Entry(s.Name, s.Test))];
        _places = shares.Select((s, i) => (s.Name, i)).ToDictionary(x => x.Name, x => x.i);
        var tested = shares.Count(s => s.Test is not null);
        _logLevel = rate > 0 && tested > 0 ? Math.Log(tested / rate) : double.PositiveInfinity;
        (_window, _alarm) = (window, alarm);
    }

    /// <summary>Windows that have ended.</summary>
    public long Windows { get; private set; }

    /// <summary>Notes what one prediction was: whether each share counts it.</summary>
    public void Note(IReadOnlyList<(ShareName Name, bool Counts)> prediction)
    {
        var raised = new List<ShareState>();
        lock (_gate)
        {
            if (_entries.Length > 0 && _entries.Max(e => e.Rows) >= _window)
            {
                Windows++;
                foreach (var entry in _entries)
                    (entry.Yes, entry.Rows, entry.AlarmAt) = (0, 0, null);
            }
            var period = Period(DateTime.UtcNow);
            foreach (var (name, counts) in prediction)
            {
                if (!_places.TryGetValue(name, out var place))
                    continue;
                var entry = _entries[place];
                entry.Rows++;
                period.Rows[place]++;
                if (counts)
                {
                    entry.Yes++;
                    period.Yes[place]++;
                }
                if (entry.AlarmAt is null && entry.Test?.LogEvidence(entry.Yes, entry.Rows) > _logLevel)
                {
                    entry.AlarmAt = entry.Rows;
                    raised.Add(entry.State());
                }
            }
        }
        raised.ForEach(_alarm);
    }

    /// <summary>How all shares are now.</summary>
    public IReadOnlyList<ShareState> States()
    {
        lock (_gate)
            return [.. _entries.Select(e => e.State())];
    }

    /// <summary>What was counted minute by minute, the last day long.</summary>
    public IReadOnlyList<SharePeriod> Periods()
    {
        lock (_gate)
            return [.. _periods.Select(p => new SharePeriod(p.Begin, [.. p.Yes], [.. p.Rows]))];
    }

    public IEnumerable<Measurement<double>> Shares() =>
        States().Where(s => s.Share is not null).Select(
            s => new Measurement<double>(s.Share!.Value, new("target", s.Target), new("stream", s.Stream)));

    public IEnumerable<Measurement<int>> Alarms() =>
        States().Where(s => s.Reference is not null).Select(
            s => new Measurement<int>(s.AlarmAt is null ? 0 : 1, new("target", s.Target), new("stream", s.Stream)));

    private SharePeriod Period(DateTime now)
    {
        var minute = new DateTime(now.Ticks - now.Ticks % TimeSpan.TicksPerMinute, DateTimeKind.Utc);
        if (_periods.Count > 0 && minute == _minute)
            return _periods.Last();
        var period = new SharePeriod(_minute = minute, new long[_entries.Length], new long[_entries.Length]);
        _periods.Enqueue(period);
        if (_periods.Count > KeptPeriods)
            _periods.Dequeue();
        return period;
    }

    private sealed class Entry(ShareName name, ShareTest? test)
    {
        public ShareTest? Test { get; } = test;
        public long Yes { get; set; }
        public long Rows { get; set; }
        public long? AlarmAt { get; set; }

        public ShareState State() => new(
            name.Target, name.Stream, Rows == 0 ? null : (double)Yes / Rows, Rows,
            Test is null ? null : (double)Test.ReferenceYes / Test.ReferenceRows, Test?.ReferenceRows ?? 0,
            Test is null ? null : Math.Exp(Math.Min(700, Test.LogEvidence(Yes, Rows))), AlarmAt);
    }
}

/// <summary>What was counted in a minute, in the order of the shares.</summary>
internal sealed record SharePeriod(DateTime Begin, long[] Yes, long[] Rows);
