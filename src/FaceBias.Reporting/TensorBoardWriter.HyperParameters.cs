using Google.Protobuf;

namespace FaceBias.Reporting;

internal sealed partial class TensorBoardWriter
{
    /// <summary>Adds the values of a trial for the page HParams, whose messages are those of
    /// tensorboard/plugins/hparams/plugin_data.proto. One file holds one trial.</summary>
    /// <param name="values">A text or a number per name.</param>
    /// <param name="succeeded">Whether the trial came to a result.</param>
    public void HyperParameters(IEnumerable<(string Name, object Value)> values, bool succeeded)
    {
        var seconds = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds;
        Plugin("_hparams_/session_start_info", 3, start => // HParamsPluginData: session_start_info
        {
            foreach (var (name, value) in values)
                Message(start, 1, entry => // SessionStartInfo: hparams, a map
                {
                    entry.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    entry.WriteString(name);
                    Message(entry, 2, v => // google.protobuf.Value: number_value or string_value
                    {
                        if (value is double number)
                        {
                            v.WriteTag(2, WireFormat.WireType.Fixed64);
                            v.WriteDouble(number);
                            return;
                        }
                        v.WriteTag(3, WireFormat.WireType.LengthDelimited);
                        v.WriteString((string)value);
                    });
                });
            start.WriteTag(5, WireFormat.WireType.Fixed64); // start_time_secs
            start.WriteDouble(seconds);
        });
        Plugin("_hparams_/session_end_info", 4, end => // HParamsPluginData: session_end_info
        {
            end.WriteTag(1, WireFormat.WireType.Varint); // SessionEndInfo: status, success or failure
            end.WriteEnum(succeeded ? 1 : 2);
            end.WriteTag(2, WireFormat.WireType.Fixed64); // end_time_secs
            end.WriteDouble(seconds);
        });
    }

    private void Plugin(string tag, int field, Action<CodedOutputStream> content) => Value(tag, 0, null, v =>
        Message(v, 9, metadata => Message(metadata, 1, plugin => // Value: metadata.plugin_data
        {
            plugin.WriteTag(1, WireFormat.WireType.LengthDelimited); // plugin_name
            plugin.WriteString("hparams");
            Message(plugin, 2, data => Message(data, field, content)); // content
        })));
}
