using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.MLNet.Evaluation;

namespace FaceBias.MLNet.Scoring;

/// <summary>The level of a row in a group that a calibration distinguishes.</summary>
internal static class GroupLevel
{
    /// <summary>What reads it: the place of the level, that of an unknown one where it is missing or new.</summary>
    /// <exception cref="ArgumentException">The column is of a type that cannot group.</exception>
    public static Func<int> Reader(DataViewRow row, ConformalGroup group)
    {
        var column = row.Schema.GetColumnOrNull(group.Name)
            ?? throw new ArgumentException($"The data have no column '{group.Name}', whose groups are calibrated.");
        switch (column.Type)
        {
            case TextDataViewType:
                return Read<ReadOnlyMemory<char>>(t => group.Find(t.IsEmpty ? null : t.ToString()));
            case BooleanDataViewType:
                return Read<bool>(b => group.Find(SubgroupColumns.Word(b)));
            case KeyDataViewType key:
                int[] places = [group.Unknown, .. ClassNames.Of(column).Texts.Select(group.Find)];
                int At(ulong k) => k < (ulong)places.Length ? places[k] : group.Unknown;
                return key.RawType.Name switch
                {
                    nameof(Byte) => Read<byte>(k => At(k)),
                    nameof(UInt16) => Read<ushort>(k => At(k)),
                    nameof(UInt32) => Read<uint>(k => At(k)),
                    _ => Read<ulong>(At),
                };
            default:
                return column.Type.RawType.Name switch
                {
                    nameof(Single) => Read<float>(v => group.Find((double)v)),
                    nameof(Double) => Read<double>(group.Find),
                    nameof(SByte) => Read<sbyte>(v => group.Find((double)v)),
                    nameof(Byte) => Read<byte>(v => group.Find((double)v)),
                    nameof(Int16) => Read<short>(v => group.Find((double)v)),
                    nameof(UInt16) => Read<ushort>(v => group.Find((double)v)),
                    nameof(Int32) => Read<int>(v => group.Find((double)v)),
                    nameof(UInt32) => Read<uint>(v => group.Find((double)v)),
                    nameof(Int64) => Read<long>(v => group.Find((double)v)),
                    nameof(UInt64) => Read<ulong>(v => group.Find((double)v)),
                    _ => throw new ArgumentException(
                        $"Column '{column.Name}' is of type {column.Type} and cannot group rows; give text, a key, a "
                            + "boolean or a number."),
                };
        }

        Func<int> Read<T>(Func<T, int> level)
        {
            var get = row.GetGetter<T>(column);
            T value = default!;
            return () =>
            {
                get(ref value);
                return level(value);
            };
        }
    }
}
