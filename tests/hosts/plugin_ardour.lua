-- Run by ardour7-lua, see plugin_ardour.sh.
--   make DIR            a session with both plugins on a stereo track
--   play DIR SECONDS    plays it; prints what the plugins' control ports show, every half second
--   change DIR PRESET   sets inputs of both plugins, loads a preset into the LV2 one, saves
local command, dir, argument = table.unpack(arg)

local backend = AudioEngine:set_backend("None (Dummy)", "genrecast", "")
backend:set_device_name("Silence")
backend:set_driver("10x Speed")
AudioEngine:set_sample_rate(44100)
AudioEngine:set_buffer_size(1024)
assert(AudioEngine:start() == 0)

local function wait(seconds) ARDOUR.LuaAPI.usleep(seconds * 1000000) end

-- Nothing of a session may outlive it: Ardour crashes where Lua frees a track after that. So all
-- that refers to one is let go before.
local function close()
  collectgarbage()
  collectgarbage()
  close_session()
end

local function save(session)
  session:save_state("", false, false, false, false, false)
end

if command == "make" then
  local session = assert(create_session(dir, "s", 44100))
  for track in session:new_audio_track(2, 2, nil, 1, "t1", ARDOUR.PresentationInfo.max_order,
    ARDOUR.TrackMode.Normal, true):iter() do
    for name, kind in pairs({["urn:genrecast:stereo"] = ARDOUR.PluginType.LV2,
                             ["4704850"] = ARDOUR.PluginType.LADSPA}) do
      local plugin = ARDOUR.LuaAPI.new_plugin(session, name, kind, "")
      assert(not plugin:isnil(), "cannot load " .. name)
      track:add_processor_by_index(plugin, 0, nil, true)
    end
  end
  save(session)
  return close()
end

local session = assert(load_session(dir, "s"))
local track = session:route_by_name("t1")

local function show()
  for i = 0, 1 do
    local plugin, values = track:nth_plugin(i), {}
    for k = 0, 22 do
      values[#values + 1] = tostring((ARDOUR.LuaAPI.get_processor_param(plugin, k, false)))
    end
    local name = plugin:to_insert():plugin(0):name()
    print(name:find("LADSPA") and "LADSPA" or "LV2", table.concat(values, " "))
  end
end

if command == "play" then
  session:goto_start(false)
  wait(0.5)
  session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
  for _ = 1, tonumber(argument) * 4 do
    wait(0.25)
    show()
  end
  session:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
else
  for i = 0, 1 do
    local plugin = track:nth_plugin(i)
    ARDOUR.LuaAPI.set_processor_param(plugin, 0, 0.75)
    ARDOUR.LuaAPI.set_processor_param(plugin, 2, 0.5)
    local lv2 = plugin:to_insert():plugin(0)
    if not lv2:name():find("LADSPA") then
      local preset = lv2:preset_by_label(argument)
      assert(preset.valid, "no preset " .. argument)
      assert(lv2:load_preset(preset))
    end
  end
  wait(1)
  save(session)
end
track = nil
close()
