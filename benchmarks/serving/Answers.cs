using System.Text.Json;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Serving;

/// <summary>What <c>facebias predict</c> said of the same pictures.</summary>
internal sealed class Answers
{
    private readonly Table _table;
    private readonly Dictionary<string, int> _rows = [];
    private readonly Lock _gate = new();

    public Answers(string table)
    {
        _table = TableFile.Read(table);
        var ids = _table.Text("id");
        for (var i = 0; i < ids.Count; i++)
            _rows[ids[i]!] = i;
    }

    /// <summary>Largest difference of a number so far.</summary>
    public double Largest { get; private set; }

    /// <summary>Labels that differ so far.</summary>
    public int OtherLabels { get; private set; }

    public int Compared { get; private set; }

    public IEnumerable<string> Ids => _rows.Keys;

    /// <summary>Compares an answer of the service.</summary>
    public void Compare(string id, string answer)
    {
        using var json = JsonDocument.Parse(answer);
        lock (_gate)
        {
            var row = _rows[id];
            Compared++;
            foreach (var p in json.RootElement.GetProperty("results")[0].GetProperty("predictions").EnumerateArray())
            {
                var target = p.GetProperty("target").GetString()!;
                if (p.GetProperty("label").ValueKind == JsonValueKind.Null)
                {
                    Note(p.GetProperty("value").GetDouble(), _table.Number(target)[row]);
                    continue;
                }
                if (p.GetProperty("label").GetString() != _table.Text(target)[row])
                    OtherLabels++;
                foreach (var c in p.GetProperty("classes").EnumerateArray())
                    Note(c.GetProperty("probability").GetDouble(),
                        _table.Number($"{target}_p_{c.GetProperty("name").GetString()}")[row]);
            }
        }
    }

    private void Note(double a, double b) => Largest = Math.Max(Largest, Math.Abs(a - b));
}
