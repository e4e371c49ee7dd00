using FaceBias.Auditing;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Data.Tables;

/// <summary>Parquet as Arrow, Spark and pandas write it: types that text files do not have.</summary>
public class ParquetTypesTests
{
    private static Table Read(string select)
    {
        var path = Path.Combine(TestPaths.NewFolder(), "t.parquet");
        using (var connection = DuckTables.Open())
            DuckTables.Execute(connection, $"COPY ({select}) TO '{path}' (FORMAT parquet)");
        return TableFile.Read(path, reading: new());
    }

    private static object?[] Values(Column column) => [.. Enumerable.Range(0, column.Count).Select(
        r => column.IsMissing(r) ? null : column is TextColumn text ? text[r] : (object)((NumberColumn)column)[r])];

    [Theory]
    [InlineData("CAST(i + 0.25 AS DECIMAL(6, 2))", 0.25, 1.25)]
    [InlineData("CAST(['dark', 'light'][i + 1] AS ENUM('light', 'dark'))", "dark", "light")]
    [InlineData("i = 1", "false", "true")]
    [InlineData("CAST(i AS UTINYINT)", 0.0, 1.0)]
    [InlineData("CAST(i AS FLOAT) / 2", 0.0, 0.5)]
    [InlineData("CASE WHEN i = 1 THEN 'NaN'::DOUBLE ELSE 3 END", 3.0, null)]
    [InlineData("CASE WHEN i = 1 THEN 7 END", null, 7.0)]
    [InlineData("DATE '2024-03-01' + i::INTEGER", "2024-03-01", "2024-03-02")]
    [InlineData("[0.5, i]", "[0.5, 0.0]", "[0.5, 1.0]")]
    [InlineData("1234567890123456789 + i", "1234567890123456789", "1234567890123456790")]
    [InlineData("CAST(9007199254740991 - i AS BIGINT)", 9007199254740991.0, 9007199254740990.0)]
    [InlineData("CAST('18446744073709551614' AS UBIGINT) + i::UBIGINT", "18446744073709551614", "18446744073709551615")]
    public void A_type_is_read(string sql, object? first, object? second) =>
        Assert.Equal([first, second], Values(Read($"SELECT {sql} AS a FROM range(2) r(i) ORDER BY i")["a"]));

    [Fact]
    public void Persons_with_long_numbers_are_not_joined()
    {
        var table = Read("""
            SELECT 'yes' AS y_true, CASE WHEN i % 7 = 0 THEN 'no' ELSE 'yes' END AS y, ['a', 'b'][i % 2 + 1] AS g,
                1234567890123456000 + i // 4 AS person FROM range(200) r(i)
            """);
        Assert.Equal(50, table.Text("person").Levels.Length);
        var audit = Auditor.Run(table, new() { Cluster = "person", BootstrapReplicates = 100, Permutations = 100 });
        Assert.Equal(200, audit.Rows);
    }
}
